-- Who took the turn last, and when. Both are null again once it is finished: what is left was left by a relayer that was
-- killed or cut off, and may have sent something that is still on its way.
ALTER TABLE smartsync.queue ADD COLUMN worker text, ADD COLUMN taken_at timestamptz;
