-- Mirrors that wait for a sync. A row is here until the sync is done; who does it holds the advisory lock `lock_key`.
CREATE TABLE smartsync.queue (
    lock_key bigint PRIMARY KEY,
    target_chain_id bigint NOT NULL,
    registry text NOT NULL,
    proxy text NOT NULL,
    source_block bigint NOT NULL,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    queued_by text NOT NULL
);
CREATE INDEX queue_by_age ON smartsync.queue (queued_at);

-- What was done: one row for each sync that sent transactions or failed.
CREATE TABLE smartsync.history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target_chain_id bigint NOT NULL,
    registry text NOT NULL,
    proxy text NOT NULL,
    relayer text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('synced', 'failed')),
    source_block bigint NOT NULL,
    changes bigint,
    proof_bytes bigint,
    gas_used bigint,
    transactions text[] NOT NULL DEFAULT '{}',
    error text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX history_by_mirror ON smartsync.history (proxy, id);
