//! Many services on one task, each with a waker of its own: what wakes one costs the others nothing.

use std::pin::Pin;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

/// Whose end it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ended {
    Leader,
    Other,
}

/// Services that run together; those that were woken take their turn in the order in which they were woken.
#[derive(Default)]
pub(crate) struct Together<'a> {
    services: FuturesUnordered<Pin<Box<dyn Future<Output = Ended> + 'a>>>,
    /// The leaders that have not ended.
    leaders: usize,
}

impl<'a> Together<'a> {
    /// One more; whatever it ends with, nobody asks.
    pub(crate) fn add<T>(&mut self, service: impl Future<Output = T> + 'a) {
        self.services.push(Box::pin(async {
            drop(service.await);
            Ended::Other
        }));
    }

    /// One of those whose end, once all of them have ended, is the end of a life of the charger.
    pub(crate) fn add_leader(&mut self, service: impl Future<Output = ()> + 'a) {
        self.leaders += 1;
        self.services.push(Box::pin(async {
            service.await;
            Ended::Leader
        }));
    }

    /// Runs them until every leader has ended.
    pub(crate) async fn until_leaders_end(&mut self) {
        while self.leaders > 0
            && let Some(ended) = self.services.next().await
        {
            match ended {
                Ended::Leader => self.leaders -= 1,
                Ended::Other => {}
            }
        }
    }

    /// Runs them until nobody is left.
    pub(crate) async fn until_all_end(&mut self) {
        while self.services.next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn who_is_not_woken_is_not_asked_and_the_leaders_end_is_told_while_others_go_on() {
        let story = RefCell::new(Vec::new());
        let (to_other, to_leader) = (Notify::new(), Notify::new());
        let mut asked = 0;
        let mut together = Together::default();
        together.add(std::future::poll_fn(|_| {
            asked += 1;
            story.borrow_mut().push(format!("the idle one, {asked}"));
            std::task::Poll::<()>::Pending
        }));
        together.add(async {
            to_other.notified().await;
            story.borrow_mut().push("the other".into());
            to_leader.notify_one();
            to_other.notified().await;
            story.borrow_mut().push("the other, after the leader".into());
        });
        together.add_leader(async {
            to_leader.notified().await;
            story.borrow_mut().push("the leader".into());
        });
        // Another leader, which has nothing more to do.
        together.add_leader(async {});
        to_other.notify_one();
        together.until_leaders_end().await;
        to_other.notify_one();
        tokio::select! {
            biased;
            () = together.until_all_end() => {}
            () = tokio::task::yield_now() => {}
        }
        drop(together);
        assert_eq!(*story.borrow(), ["the idle one, 1", "the other", "the leader", "the other, after the leader"]);
    }
}
