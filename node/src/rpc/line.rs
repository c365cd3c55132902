//! Lines for work: so much at once, so many in line, and nobody behind its end.
//!
//! jsonrpsee starts a task for every message of a WebSocket and keeps the message until it is answered.
//! Whoever finds a line full is therefore told so at once: it is `busy`, not later.
//!
//! Not here: what the work is (`handler.rs`).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{ErrorKind, RpcError};

/// A line.
#[derive(Debug)]
pub(super) struct Line {
    what: &'static str,
    /// One permit for each who is in line or has got its turn.
    places: Arc<Semaphore>,
    /// One permit for each who has got its turn.
    turns: Arc<Semaphore>,
}

/// A turn, until it is dropped; with a place in the line, if it was entered at its end.
#[derive(Debug)]
pub(super) struct Turn {
    _place: Option<OwnedSemaphorePermit>,
    _turn: OwnedSemaphorePermit,
}

impl Line {
    /// A line for `what`, in which `at_once` have their turn and `waiting` more wait.
    pub(super) fn new(what: &'static str, at_once: usize, waiting: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { what, places: semaphore(at_once + waiting), turns: semaphore(at_once) }
    }

    /// Waits for a turn, unless the line is full.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`], at once.
    pub(super) async fn enter(&self) -> Result<Turn, RpcError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| RpcError::busy(self.what))?;
        let turn = self.turn().await?;
        Ok(Turn { _place: Some(place), ..turn })
    }

    /// Waits for a turn without a place: for those whose number is bounded elsewhere.
    ///
    /// # Errors
    /// None in fact: the line is never closed.
    pub(super) async fn turn(&self) -> Result<Turn, RpcError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| RpcError::new(ErrorKind::Stopping, "the node is stopping"))?;
        Ok(Turn { _place: None, _turn: turn })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_line_refuses_at_once_and_a_place_is_free_again_when_its_work_is_done() {
        let line = Arc::new(Line::new("queries", 1, 1));
        let first = line.enter().await.unwrap();
        let waiting = tokio::spawn({
            let line = Arc::clone(&line);
            async move { line.enter().await }
        });
        // Until it has its place.
        while line.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(line.enter().await.unwrap_err().kind, ErrorKind::Busy);
        drop(first);
        let second = waiting.await.unwrap().unwrap();
        assert_eq!(line.places.available_permits(), 1);
        drop(second);
        assert_eq!((line.places.available_permits(), line.turns.available_permits()), (2, 1));
    }
}
