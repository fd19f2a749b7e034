//! The table of the times between messages.

use crate::escape::markup;
use crate::format::number;
use crate::html::put;
use crate::v2g::{Lags, Timing, span_exactly};

/// The times of a conversation; nothing where there are none.
pub(crate) fn write(out: &mut String, timing: &Timing, open: bool) {
    if timing.rows.is_empty() {
        return;
    }
    let open = if open { " open" } else { "" };
    put(
        out,
        format_args!(
            "<details class=\"fold\"{open}><summary>Times between messages</summary>\n<div class=\"wide-table\"><table class=\"times\">\n\
             <thead><tr><th rowspan=\"2\">exchange</th><th colspan=\"5\">the station answers after</th>\
             <th colspan=\"5\">the car goes on after</th></tr>\n<tr>{0}{0}</tr></thead>\n<tbody>\n",
            "<th class=\"first\">count</th><th>median</th><th>max</th><th>allowed</th><th>late</th>"
        ),
    );
    for row in &timing.rows {
        put(out, format_args!("<tr><th>{}</th>", markup(&row.exchange)));
        lags(out, &row.answer);
        lags(out, &row.next);
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    if timing.rows.iter().any(|row| row.answer.late > 0 || row.next.late > 0) {
        out.push_str(
            "<p class=\"hint\">Allowed is when it is due, and in brackets when the other side may give up. Late is how many came \
             after they were due, and in brackets how many after the other side might have given up.</p>\n",
        );
    }
    for total in &timing.totals {
        let class = if total.took_us > total.limit_us { "late" } else { "hint" };
        put(
            out,
            format_args!(
                "<p class=\"{class}\">All of {} took {}; the car waits {}.</p>\n",
                markup(&total.exchange),
                span_exactly(total.took_us),
                bound(total.limit_us)
            ),
        );
    }
    outliers(out, timing);
    out.push_str("</details>\n");
}

fn lags(out: &mut String, lags: &Lags) {
    if lags.count == 0 {
        out.push_str("<td class=\"first\"></td><td></td><td></td><td></td><td></td>");
        return;
    }
    let class = |late: bool, beyond: bool| match (late, beyond) {
        (_, true) => " class=\"beyond\"",
        (true, false) => " class=\"late\"",
        (false, false) => "",
    };
    let over = |us: u64| {
        let past = |bound: Option<u64>| bound.is_some_and(|bound| us > bound);
        class(past(lags.due_us), past(lags.limit_us))
    };
    let allowed = match (lags.due_us, lags.limit_us) {
        (Some(due), Some(limit)) if due != limit => format!("{} ({})", bound(due), bound(limit)),
        (Some(only), _) | (None, Some(only)) => bound(only),
        (None, None) => String::new(),
    };
    let late = match (lags.late, lags.beyond) {
        (0, _) => "0".to_owned(),
        (late, 0) => late.to_string(),
        (late, beyond) => format!("{late} ({beyond})"),
    };
    put(
        out,
        format_args!(
            "<td class=\"first\">{}</td><td{}>{}</td><td{}>{}</td><td>{allowed}</td><td{}>{late}</td>",
            lags.count,
            over(lags.median_us),
            span_exactly(lags.median_us),
            over(lags.max_us),
            span_exactly(lags.max_us),
            class(lags.late > 0, lags.beyond > 0)
        ),
    );
}

/// A time of a standard, which is a round number: `250 ms`, `1.5 s`.
fn bound(us: u64) -> String {
    let ms = us as f64 / 1000.0;
    if ms < 1000.0 { format!("{} ms", number(ms, 3)) } else { format!("{} s", number(ms / 1000.0, 3)) }
}

/// What came so late that the other side might have given up.
fn outliers(out: &mut String, timing: &Timing) {
    if timing.late.is_empty() {
        return;
    }
    out.push_str("<ul class=\"outliers\">\n");
    for late in &timing.late {
        put(
            out,
            format_args!(
                "<li><time>{}</time> {} after {}; the other side may give up after {}</li>\n",
                late.t,
                markup(&late.name),
                span_exactly(late.took_us),
                bound(late.limit_us)
            ),
        );
    }
    let all: usize = timing.rows.iter().map(|row| row.answer.beyond + row.next.beyond).sum();
    if all > timing.late.len() {
        put(out, format_args!("<li>and {} more</li>\n", all - timing.late.len()));
    }
    out.push_str("</ul>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{v2g_charge, well_formed};

    #[test]
    fn every_exchange_has_its_row_and_what_was_late_is_marked() {
        let mut out = String::new();
        let timing = Timing::of(&v2g_charge().events());
        write(&mut out, &timing, true);
        let elements = well_formed(&out).unwrap_or_else(|why| panic!("{why}\n{out}"));
        assert_eq!(elements["tr"], 2 + timing.rows.len());
        for expected in [
            "<th>CurrentDemand</th><td class=\"first\">40</td><td>20 ms</td><td class=\"beyond\">300 ms</td>\
             <td>25 ms (250 ms)</td><td class=\"beyond\">1 (1)</td>",
            "All of CableCheck took 2.020 s; the car waits 40 s.",
            "CurrentDemandRes after 300 ms; the other side may give up after 250 ms",
        ] {
            assert!(out.contains(expected), "{expected} is missing in {out}");
        }
        let mut none = String::new();
        write(&mut none, &Timing::default(), true);
        assert_eq!(none, "");
    }
}
