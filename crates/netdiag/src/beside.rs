//! Answers that take long, found beside the run by a thread of their own: [`Beside`].
//!
//! What is not known in time is not waited for; it is there once it is known.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// What is known of each question so far.
pub(crate) struct Beside<Q, A> {
    known: HashMap<Q, State<A>>,
    asked: SyncSender<Q>,
    answers: Receiver<(Q, A)>,
}

enum State<A> {
    /// Asked, and nobody has waited for it yet.
    Asked,
    /// Waited for in vain; it may still come.
    Late,
    Is(A),
}

impl<Q: Clone + Eq + Hash + Send + 'static, A: Send + 'static> Beside<Q, A> {
    /// Starts the thread that answers, which ends with the process. Where there is no thread to be had, nothing is ever known.
    pub(crate) fn start(mut answer: impl FnMut(&Q) -> A + Send + 'static) -> Self {
        let (asked, questions) = sync_channel::<Q>(MOST_ASKED);
        // Whoever answers waits until there is room: nothing is lost, and nothing piles up.
        let (tell, answers) = sync_channel(MOST_ASKED);
        let _ = thread::Builder::new().spawn(move || {
            for question in questions {
                let answer = answer(&question);
                if tell.send((question, answer)).is_err() {
                    return;
                }
            }
        });
        Self { known: HashMap::new(), asked, answers }
    }

    /// Asks what will be wanted. Where too much is asked already, it is to be asked again later.
    pub(crate) fn prepare(&mut self, question: &Q) {
        if !self.known.contains_key(question) && self.asked.try_send(question.clone()).is_ok() {
            self.known.insert(question.clone(), State::Asked);
        }
    }

    /// The answer. Who wants it first waits for it, but no longer than `patience`.
    pub(crate) fn of(&mut self, question: &Q, patience: Duration) -> Option<&A> {
        self.prepare(question);
        self.known.extend(self.answers.try_iter().map(|(question, answer)| (question, State::Is(answer))));
        if let Some(state @ State::Asked) = self.known.get_mut(question) {
            *state = State::Late;
            self.wait_for(question, patience);
        }
        match self.known.get(question)? {
            State::Is(answer) => Some(answer),
            State::Asked | State::Late => None,
        }
    }

    /// The answer, waited for although somebody may have done so in vain.
    pub(crate) fn insist(&mut self, question: &Q, patience: Duration) -> Option<&A> {
        if let Some(state @ State::Late) = self.known.get_mut(question) {
            *state = State::Asked;
        }
        self.of(question, patience)
    }

    fn wait_for(&mut self, question: &Q, patience: Duration) {
        let until = Instant::now() + patience;
        while let Ok((answered, answer)) =
            self.answers.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            let is_it = answered == *question;
            self.known.insert(answered, State::Is(answer));
            if is_it {
                return;
            }
        }
    }
}

/// Questions that may wait for their turn.
const MOST_ASKED: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_first_waits_and_whoever_comes_later_has_what_is_known() {
        let (go, may_go) = sync_channel::<()>(1);
        let mut beside = Beside::start(move |number: &u32| {
            may_go.recv().unwrap();
            number * 2
        });
        assert_eq!(beside.of(&2, Duration::from_millis(1)), None);
        assert_eq!(beside.insist(&2, Duration::from_millis(1)), None);
        go.send(()).unwrap();
        go.send(()).unwrap();
        // Whoever waits for another is told of it, too.
        assert_eq!(beside.of(&3, Duration::from_secs(60)), Some(&6));
        assert_eq!(beside.of(&2, Duration::ZERO), Some(&4));
    }

    #[test]
    fn no_more_is_asked_than_can_wait() {
        let (_never, blocked) = sync_channel::<()>(0);
        let mut beside = Beside::start(move |_: &usize| blocked.recv().is_ok());
        (0..3 * MOST_ASKED).for_each(|number| beside.prepare(&number));
        assert!(beside.known.len() <= MOST_ASKED + 1);
        assert_eq!(beside.of(&(2 * MOST_ASKED), Duration::ZERO), None);
    }
}
