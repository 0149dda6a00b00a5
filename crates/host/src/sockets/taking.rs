//! Who takes in the sockets of a list: one visitor, or one and a helper of its own on a second thread.

use std::convert::Infallible;
use std::marker::PhantomData;

use super::socket::Socket;

/// Takes the sockets of a list as they are told.
///
/// A dump the kernel interrupts is asked for again, so a visitor should be able to take back what it has, as long as it has it.
pub trait SocketVisitor {
    /// What ends a list early.
    type Stop;

    /// A dump begins: the sockets that follow may have to be taken back.
    fn begin(&mut self);

    /// Takes back all sockets since [`begin`](Self::begin); false if they have gone where they cannot be taken back from.
    fn retract(&mut self) -> bool;

    /// Takes one socket, which is borrowed from where it was received.
    ///
    /// # Errors
    /// Whatever it is, it ends the list.
    fn socket(&mut self, socket: Socket<'_>) -> Result<(), Self::Stop>;
}

/// A visitor that can have a part of a list taken in on another thread, and what came of it handed over in batches.
pub trait DividedVisitor: SocketVisitor<Stop: Send + 'static> {
    /// Takes in the other part.
    type Helper: SocketHelper<Stop = Self::Stop> + 'static;

    /// One that does with sockets what this one would; `None` where they have to be taken in one after the other.
    fn helper(&self) -> Option<Self::Helper>;

    /// Takes over what a helper took in, as if its sockets had come here.
    ///
    /// # Errors
    /// Whatever it is, it ends the list.
    fn take_over(&mut self, batch: <Self::Helper as SocketHelper>::Batch) -> Result<(), Self::Stop>;

    /// How many batches have gone where they cannot be taken back from: after each of them it is the helper's turn.
    fn batches(&self) -> u64;
}

/// Takes in a part of a list on a thread of its own.
pub trait SocketHelper: Send {
    /// What ends a list early.
    type Stop: Send;
    /// Some of the sockets as they will be shown.
    type Batch: Send + 'static;

    /// Forgets what has not been handed over.
    fn clear(&mut self);

    /// Takes one socket; true if there is a batch to be handed over.
    ///
    /// # Errors
    /// Whatever it is, it ends the list.
    fn socket(&mut self, socket: Socket<'_>) -> Result<bool, Self::Stop>;

    /// What there is so far.
    fn batch(&mut self) -> Self::Batch;
}

/// The helper of visitors that have none; there is no value of this type.
#[derive(Clone, Copy, Debug)]
pub struct NoHelper<S>(Infallible, PhantomData<fn() -> S>);

impl<S: Send> SocketHelper for NoHelper<S> {
    type Stop = S;
    type Batch = Infallible;

    fn clear(&mut self) {
        match self.0 {}
    }

    fn socket(&mut self, _: Socket<'_>) -> Result<bool, S> {
        match self.0 {}
    }

    fn batch(&mut self) -> Infallible {
        self.0
    }
}
