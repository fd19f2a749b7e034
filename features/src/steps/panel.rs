//! What the driver sees.

use std::task::Poll;

use cucumber::then;
use hardware::Screen;
use panel_view::Picture;

use crate::parameters::{ScreenName, Time};
use crate::rig::Rig;
use crate::stage::{Stage, human};
use crate::stop::unable;

/// The message of the panel, since the last action or within that time.
#[then(expr = "within {duration} the panel shows {screen}")]
fn shows(stage: &mut Stage, limit: Time, sign: ScreenName) {
    stage.within(
        limit.0,
        |rig| message(rig).is_some_and(|(said, _)| said == sign.0),
        |rig| match message(rig) {
            Some((said, screen)) if screen.note.is_empty() => format!("the panel shows {said}"),
            Some((said, screen)) => format!("the panel shows {said}, with the note {:?}", screen.note),
            None => "the charger has not said anything to its panel".into(),
        },
    );
}

/// What the panel says beside the message contains these words, since the last action or within that time.
#[then(expr = "within {duration} the panel says {string}")]
fn says(stage: &mut Stage, limit: Time, words: String) {
    stage.within(
        limit.0,
        |rig| message(rig).is_some_and(|(_, screen)| screen.note.contains(&words)),
        |rig| format!("the panel says {:?}", message(rig).map(|(_, screen)| screen.note).unwrap_or_default()),
    );
}

/// Since the last action or within that time; the pixels, read back from the panel, are the picture that the message made when it
/// came up. For messages whose numbers stand still; what 5 bits a colour cannot show is no difference. The picture is kept as
/// `panel.png`.
#[then(expr = "within {duration} the panel's pixels show {screen}")]
fn pixels(stage: &mut Stage, limit: Time, sign: ScreenName) {
    let mut seen = None;
    let wrong = look(stage, limit, &sign.0, &mut seen);
    if let Some(picture) = &seen {
        stage.keep_picture(picture);
    }
    if let Some(wrong) = wrong {
        stage.fail(format!("not within {}: {wrong}", human(limit.0)));
    }
}

/// Looks at the panel until it shows that sign; answers what is wrong with the last picture.
fn look(stage: &mut Stage, limit: Time, sign: &str, seen: &mut Option<Picture>) -> Option<String> {
    let mut wrong = Some("there is no picture yet".to_owned());
    let window = limit.0 + stage.rig().resolution();
    stage.wait(window, |rig| {
        let picture = match rig.panel_picture() {
            Poll::Pending => return false,
            Poll::Ready(Ok(picture)) => picture,
            Poll::Ready(Err(why)) => unable(why),
        };
        wrong = match message(rig) {
            None => Some("the charger has not said anything to its panel".into()),
            Some((said, _)) if said != sign => Some(format!("the charger says {said} to its panel")),
            Some((said, screen)) => {
                picture.difference(&screen).map(|(x, y)| format!("the pixel at {x}, {y} is not that of {said}"))
            }
        };
        *seen = Some(picture);
        wrong.is_none()
    });
    wrong
}

/// What the charger last said to its panel.
fn message(rig: &dyn Rig) -> Option<(String, Screen)> {
    rig.log().latest("panel", "show", |event| {
        // One that nobody can read is no older one.
        let screen = serde_json::from_value(serde_json::Value::clone(&event.data)).ok();
        Some(screen.map(|screen| (event.text("sign").to_owned(), screen)))
    })?
}
