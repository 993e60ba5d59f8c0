use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::{BoxFuture, FutureExt};

use super::{Coordinator, MirrorId, Outcome, Predecessor, Turn};

/// A relayer that shares its mirrors with nobody: the queue is its own, in memory.
#[derive(Clone, Debug, Default)]
pub struct Alone {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Longest waiting first.
    queue: Vec<(MirrorId, u64)>,
    held: BTreeSet<MirrorId>,
}

impl Alone {
    /// Nothing waits.
    pub fn new() -> Self {
        Self::default()
    }

    /// No code that holds the lock can panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Coordinator::offer`].
    pub(super) fn queue(&self, mirror: MirrorId, source_block: u64) {
        let queue = &mut self.state().queue;
        match queue.iter_mut().find(|(queued, _)| *queued == mirror) {
            Some((_, block)) => *block = source_block.max(*block),
            None => queue.push((mirror, source_block)),
        }
    }

    /// As [`Coordinator::next`].
    pub(super) fn take(&self, mirrors: &[MirrorId]) -> Option<Box<dyn Turn>> {
        let state = &mut *self.state();
        let (mirror, source_block) = state
            .queue
            .iter()
            .find(|(mirror, _)| mirrors.contains(mirror) && !state.held.contains(mirror))
            .copied()?;
        state.held.insert(mirror);
        Some(Box::new(Held {
            alone: self.clone(),
            mirrors: vec![mirror],
            mirror,
            source_block,
        }))
    }
}

impl Coordinator for Alone {
    fn offer(&self, mirror: MirrorId, source_block: u64) -> BoxFuture<'_, ()> {
        self.queue(mirror, source_block);
        futures::future::ready(()).boxed()
    }

    fn next<'a>(&'a self, mirrors: &'a [MirrorId]) -> BoxFuture<'a, Option<Box<dyn Turn>>> {
        futures::future::ready(self.take(mirrors)).boxed()
    }
}

/// A turn; dropping it frees the mirror.
#[derive(Debug)]
struct Held {
    alone: Alone,
    mirror: MirrorId,
    /// With those that joined.
    mirrors: Vec<MirrorId>,
    source_block: u64,
}

impl Turn for Held {
    fn mirror(&self) -> MirrorId {
        self.mirror
    }

    fn source_block(&self) -> u64 {
        self.source_block
    }

    fn join<'a>(&'a mut self, mirrors: &'a [MirrorId]) -> BoxFuture<'a, bool> {
        let new: Vec<MirrorId> = (mirrors.iter().copied())
            .filter(|mirror| !self.is_at(mirror))
            .collect();
        let held = &mut self.alone.state().held;
        let free = new.iter().all(|mirror| !held.contains(mirror));
        if free {
            held.extend(&new);
            self.mirrors.extend(new);
        }
        futures::future::ready(free).boxed()
    }

    fn is_at(&self, mirror: &MirrorId) -> bool {
        self.mirrors.contains(mirror)
    }

    /// Within one process a turn ends with its task, which sees to what it sent.
    fn predecessor(&self) -> Option<&Predecessor> {
        None
    }

    fn take_over(&mut self) -> BoxFuture<'_, bool> {
        futures::future::ready(true).boxed()
    }

    fn is_held(&mut self) -> BoxFuture<'_, bool> {
        futures::future::ready(true).boxed()
    }

    fn finish(self: Box<Self>, outcome: Outcome) -> BoxFuture<'static, ()> {
        let done = outcome.done(self.source_block);
        self.alone
            .state()
            .queue
            .retain(|(mirror, block)| !self.is_at(mirror) || *block > done);
        futures::future::ready(()).boxed()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let held = &mut self.alone.state().held;
        held.retain(|mirror| !self.mirrors.contains(mirror));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Address;

    fn mirror(byte: u8) -> MirrorId {
        MirrorId {
            target_chain_id: 1,
            registry: Address::ZERO,
            proxy: Address::repeat_byte(byte),
        }
    }

    fn current(source_block: u64) -> Outcome {
        Outcome::Current { source_block }
    }

    #[tokio::test]
    async fn turns_are_handed_out_longest_waiting_first_and_each_mirror_once_at_a_time() {
        let alone = Alone::new();
        let mirrors = [mirror(1), mirror(2)];
        assert!(alone.next(&mirrors).await.is_none());
        alone.offer(mirror(2), 7).await;
        alone.offer(mirror(1), 7).await;
        alone.offer(mirror(2), 9).await;
        let first = alone.next(&mirrors).await.expect("one waits");
        assert_eq!((first.mirror(), first.source_block()), (mirror(2), 9));
        let second = alone.next(&mirrors).await.expect("another waits");
        assert_eq!((second.mirror(), second.source_block()), (mirror(1), 7));
        assert!(alone.next(&mirrors).await.is_none());
        first.finish(current(9)).await;
        second.finish(current(7)).await;
        assert!(alone.next(&mirrors).await.is_none(), "all is done");
    }

    #[tokio::test]
    async fn a_mirror_offered_for_a_later_block_during_its_turn_waits_again_and_a_dropped_turn_frees_it()
     {
        let alone = Alone::new();
        alone.offer(mirror(1), 7).await;
        let turn = alone.next(&[mirror(1)]).await.expect("it waits");
        alone.offer(mirror(1), 8).await;
        turn.finish(current(7)).await;
        let turn = alone.next(&[mirror(1)]).await.expect("it waits again");
        assert_eq!(turn.source_block(), 8);
        drop(turn);
        let turn = alone.next(&[mirror(1)]).await.expect("it is free");
        let failed = Outcome::Failed {
            error: "refused".to_owned(),
        };
        turn.finish(failed).await;
        assert!(
            alone.next(&[mirror(1)]).await.is_none(),
            "until the next offer"
        );
        assert!(alone.next(&[mirror(2)]).await.is_none());
    }

    #[tokio::test]
    async fn mirrors_that_joined_a_turn_are_nobody_else_s_until_it_ends() {
        let alone = Alone::new();
        let mirrors = [mirror(1), mirror(2), mirror(3)];
        for each in &mirrors[..2] {
            alone.offer(*each, 7).await;
        }
        let mut turn = alone.next(&mirrors).await.expect("one waits");
        let other = alone.next(&mirrors).await.expect("another waits");
        assert!(
            !turn.join(&mirrors).await,
            "somebody works at the second one"
        );
        assert!(turn.is_at(&mirror(1)) && !turn.is_at(&mirror(3)));
        drop(other);
        assert!(turn.join(&mirrors).await && turn.join(&mirrors).await);
        assert!(mirrors.iter().all(|each| turn.is_at(each)));
        alone.offer(mirror(3), 8).await;
        assert!(alone.next(&mirrors).await.is_none(), "all are taken");
        turn.finish(current(7)).await;
        // The third one was offered for a later block.
        let turn = alone.next(&mirrors).await.expect("it waits");
        assert_eq!((turn.mirror(), turn.source_block()), (mirror(3), 8));
        assert!(alone.next(&mirrors).await.is_none());
    }

    #[tokio::test]
    async fn a_sync_that_ends_before_the_offered_block_ends_the_offer() {
        let alone = Alone::new();
        alone.offer(mirror(1), 7).await;
        let turn = alone.next(&[mirror(1)]).await.expect("it waits");
        turn.finish(current(5)).await;
        assert!(alone.next(&[mirror(1)]).await.is_none());
    }
}
