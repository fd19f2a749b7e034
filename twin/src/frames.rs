//! What charger and car say over their modems, for whoever records it or judges it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use devices::plc_modem::PlcModem;
use units::{EvseId, Instant};

/// Hears every frame between the charger's host and its modem, in order: at which EVSE, when, and the whole Ethernet frame without
/// check sequence. That is where captures of real chargers are taken.
#[derive(Clone)]
pub struct FrameSink(Rc<RefCell<Hearer>>);

/// What hears frames.
type Hearer = dyn FnMut(EvseId, Instant, &[u8]);

impl FrameSink {
    /// Frames go to `hear`.
    pub fn new(hear: impl FnMut(EvseId, Instant, &[u8]) + 'static) -> Self {
        Self(Rc::new(RefCell::new(hear)))
    }
}

impl std::fmt::Debug for FrameSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FrameSink")
    }
}

/// A frame that was heard.
type Heard = (EvseId, Instant, Vec<u8>);

/// Frames on their way from the modems to the sink: a modem may be served by a thread, the sink is the world's.
#[derive(Debug)]
pub(crate) struct Frames {
    sink: FrameSink,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Frames {
    pub(crate) fn new(sink: FrameSink) -> Self {
        Self { sink, heard: Arc::default() }
    }

    /// Listens to the modem of that EVSE.
    pub(crate) fn listen(&self, evse: EvseId, modem: &PlcModem) {
        let heard = Arc::clone(&self.heard);
        modem.set_tap(Box::new(move |now, _, frame| {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push((evse, now, frame.to_vec()));
        }));
    }

    /// Hands over what was heard since the last time.
    pub(crate) fn pass_on(&mut self) {
        let heard = std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        let mut hear = self.sink.0.borrow_mut();
        for (evse, at, frame) in heard {
            (*hear)(evse, at, &frame);
        }
    }
}
