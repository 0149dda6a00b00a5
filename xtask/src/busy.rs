//! A machine with other work to do: every core is kept busy for as long as this lives.
//!
//! The threads have the priority of everybody else, so a test gets its share of a core, and gets it late.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};

/// Threads that do nothing useful, one for each core; they end with it.
pub(crate) struct Busy {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<u64>>,
}

impl Busy {
    pub(crate) fn start() -> Result<Self> {
        let cores = thread::available_parallelism().context("cannot count the cores")?.get();
        println!("keeping {cores} cores busy");
        let over = Arc::new(AtomicBool::new(false));
        let thread = |_| {
            let over = over.clone();
            thread::spawn(move || spin(&over))
        };
        let threads = (0..cores).map(thread).collect();
        Ok(Self { over, threads })
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that only counts has nothing to fail with.
            let _ = thread.join();
        }
    }
}

/// Counts until it is `over`; a hint that the thread waits would let the core rest.
fn spin(over: &AtomicBool) -> u64 {
    let mut count = 0_u64;
    while !over.load(Ordering::Relaxed) {
        count = black_box(count.wrapping_add(1));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_when_it_is_dropped() {
        let busy = Busy::start().unwrap();
        let over = busy.over.clone();
        assert_eq!(busy.threads.len(), thread::available_parallelism().unwrap().get());
        drop(busy);
        assert_eq!(Arc::strong_count(&over), 1, "a thread is left");
    }
}
