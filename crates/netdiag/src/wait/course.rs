//! How waiting for one target goes: look after look, until there were enough good ones in a row.
//!
//! A watched directory wakes it early; everything else is found by looking again.

use std::time::Duration;

use netdiag_probe::Client;
use netdiag_text::Secrets;
use tokio::time::{Instant, sleep};

use super::args::Args;
use super::directory::Directory;
use super::json::Target;
use super::progress::Progress;
use super::seen::Seen;
use super::subject::Subject;
use crate::json::ErrorRecord;

/// One target's way to being as waited for.
pub(super) struct Course<'s> {
    subject: &'s Subject,
    /// Looks that have ended.
    pub(super) looks: u64,
    /// Why the last of them was no good one.
    pub(super) last: Option<ErrorRecord>,
    /// After how long a look was a good one.
    pub(super) first: Option<Duration>,
    /// After how long there were enough of them.
    pub(super) ready: Option<Duration>,
}

/// What is the same for all of them.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) args: &'a Args,
    pub(super) client: &'a Client,
    pub(super) start: Instant,
    pub(super) deadline: Instant,
    pub(super) progress: &'a Progress,
}

impl<'s> Course<'s> {
    pub(super) fn new(subject: &'s Subject) -> Self {
        Self { subject, looks: 0, last: None, first: None, ready: None }
    }

    /// What was typed.
    pub(super) fn typed(&self) -> &str {
        &self.subject.typed
    }

    /// What was typed, with nothing in it a terminal would act on.
    pub(super) fn shown(&self) -> String {
        shown(&self.subject.typed)
    }

    /// Waits until it is as waited for; what there is to tell of it then.
    pub(super) async fn wait(&mut self, terms: Terms<'_>) -> Target {
        let Terms { args, client, start, deadline, progress } = terms;
        let mut streak = 0;
        let mut pauses = self.subject.pauses(args.interval);
        let mut directory = None;
        loop {
            let seen = self.subject.look(client, args.timeout, deadline).await;
            if self.looks > 0 && matches!(seen, Seen::Unfinished(_)) {
                // That waiting is over is no reason: the one before is. It ends whatever waits here.
                return std::future::pending().await;
            }
            let wrong = wrong(seen, args.down);
            self.looks += 1;
            if wrong.is_none() != (streak > 0) {
                // Something has happened: more may soon.
                pauses = self.subject.pauses(args.interval);
            }
            streak = if wrong.is_none() { streak + 1 } else { 0 };
            match &wrong {
                None => _ = self.first.get_or_insert_with(|| start.elapsed()),
                Some(wrong) => progress.lacks(|| self.shown(), &shown(&wrong.message)),
            }
            self.last = wrong;
            if streak == args.stable.get() {
                self.ready = Some(start.elapsed());
                progress.ready(|| self.shown());
                return Target::new(self);
            }
            if directory.is_none() {
                directory = self.subject.path().and_then(|path| Directory::of(path).ok());
            }
            tokio::select! {
                () = sleep(pauses.next()) => {}
                more = changed(directory.as_ref()) => {
                    directory = directory.filter(|_| more);
                    pauses = self.subject.pauses(args.interval);
                }
            }
        }
    }
}

/// What keeps a look from being a good one.
fn wrong(seen: Seen, down: bool) -> Option<ErrorRecord> {
    match (seen, down) {
        (Seen::Up, false) | (Seen::Down(_), true) => None,
        (Seen::Up, true) => Some(ErrorRecord::new("unexpected", "it is up")),
        (Seen::Down(why) | Seen::Neither(why) | Seen::Unfinished(why), _) => Some(why),
    }
}

async fn changed(directory: Option<&Directory>) -> bool {
    match directory {
        Some(directory) => directory.changed().await,
        None => std::future::pending().await,
    }
}

/// Words with nothing in them a terminal would act on.
pub(super) fn shown(text: &str) -> String {
    Secrets::NONE.show(text).cropped(200).into()
}
