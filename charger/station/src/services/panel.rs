//! Shows the driver what happens.

use hardware::Panel;

use super::{RETRY, complaint::Complaint};
use crate::bus::{Inbox, Message};

/// Shows the newest screen; older ones that are still waiting are skipped. A panel that fails is tried again: what a driver reads
/// when it is back is true.
pub(crate) async fn panel<P: Panel>(mut inbox: Inbox, mut panel: P) {
    let mut complaint = Complaint::about("panel");
    let mut unseen = None;
    loop {
        let retry = async {
            match &unseen {
                Some(_) => tokio::time::sleep(RETRY).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            message = inbox.recv() => match message {
                Some(Message::Show(screen)) => unseen = Some(screen),
                Some(_) => {}
                None => return,
            },
            () = retry => {}
        }
        while let Ok(message) = inbox.try_recv() {
            if let Message::Show(newer) = message {
                unseen = Some(newer);
            }
        }
        if let Some(screen) = &unseen {
            let shown = panel.show(screen).await;
            complaint.hear(&shown);
            if shown.is_ok() {
                unseen = None;
            }
        }
    }
}
