//! The report as a page: one file that needs nothing else, made to be read and to be printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use report::markup;

use super::report::{BringUpReport, Check, Counts, Outcome};
use crate::measurement::short;
use crate::{Judgement, Measurement};

const STYLE: &str = include_str!("page.css");

impl BringUpReport {
    /// The report as one HTML file without external resources and without scripts; everything in it is escaped. With a public key
    /// (PEM) it says that the run was signed with its private half, and how to check that.
    #[must_use]
    pub fn to_html(&self, public_key: Option<&str>) -> String {
        let counts = self.counts();
        let (word, class) = match counts {
            counts if counts.total() == 0 => ("Nothing was checked", "error"),
            counts if counts.good() => ("Passed", "pass"),
            counts if counts.fail > 0 => ("Failed", "fail"),
            counts if counts.error > 0 => ("Incomplete", "error"),
            _ => ("Nothing applied", "error"),
        };
        let mut page = Page(String::with_capacity(64 << 10));
        page.put(format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{word}: bring-up of {}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n",
            markup(&self.rig)
        ));
        self.head(&mut page, counts, word, class);
        for (area, checks) in areas(&self.checks) {
            page.put(format_args!("<section>\n<h2>{}</h2>\n", markup(area)));
            for check in checks {
                page.check(check);
            }
            page.put(format_args!("</section>\n"));
        }
        self.foot(&mut page, public_key);
        page.0
    }

    fn head(&self, page: &mut Page, counts: Counts, word: &str, class: &str) {
        page.put(format_args!(
            "<header>\n<p class=\"brand\">Plugfest<span>bring-up</span></p>\n<h1 class=\"{class}\">{word}</h1>\n"
        ));
        let shares = [("pass", counts.pass), ("fail", counts.fail), ("error", counts.error), ("na", counts.na)];
        page.put(format_args!("<div class=\"bar\" aria-hidden=\"true\">"));
        for (class, number) in shares.into_iter().filter(|(_, number)| *number > 0) {
            page.put(format_args!("<span class=\"{class}\" style=\"flex:{number}\"></span>"));
        }
        page.put(format_args!("</div>\n<dl class=\"tiles\">\n"));
        let told = |text: &str| if text.is_empty() { "-".to_owned() } else { markup(text) };
        let tile = |class: &str, title: &str, text: String| {
            format!("<div class=\"{class}\"><dt>{title}</dt><dd>{text}</dd></div>\n")
        };
        page.0 += &tile("", "rig", told(&self.rig));
        for (class, title, number) in [
            ("pass", "passed", counts.pass),
            ("fail", "failed", counts.fail),
            ("error", "not carried out", counts.error),
            ("quiet", "not applicable", counts.na),
        ] {
            page.0 += &tile(if number == 0 { "quiet" } else { class }, title, number.to_string());
        }
        page.0 += &tile("", "place", told(&self.place));
        page.0 += &tile("", "operator", told(&self.operator));
        page.0 += &tile("", "date", told(&self.date));
        page.put(format_args!("</dl>\n</header>\n<main>\n"));
    }

    fn foot(&self, page: &mut Page, public_key: Option<&str>) {
        if !self.versions.is_empty() || !self.git.is_empty() {
            page.put(format_args!("<section>\n<h2>Versions and instruments</h2>\n<ul class=\"versions\">\n"));
            for (what, version) in &self.versions {
                page.put(format_args!("<li>{} <b>{}</b></li>\n", markup(what), markup(version)));
            }
            if !self.git.is_empty() {
                page.put(format_args!("<li>commit <b>{}</b></li>\n", markup(&self.git)));
            }
            page.put(format_args!("</ul>\n</section>\n"));
        }
        page.put(format_args!("<section>\n<h2>Signature</h2>\n<div class=\"signed\">\n"));
        match public_key {
            Some(key) => page.put(format_args!(
                "<p>Every file of this run, this page among them, is in <code>SHA256SUMS</code> beside it by its hash, and that was \
                 signed with the private half of this key. Compare it with the one you were given by somebody you know:</p>\n\
                 <pre>{}</pre>\n<p>To check it, beside this page:</p>\n\
                 <pre>openssl base64 -d -A -in SHA256SUMS.sig -out SHA256SUMS.bin\n\
                 openssl pkeyutl -verify -pubin -inkey report.pub.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.bin\n\
                 rm SHA256SUMS.bin; cd .. &amp;&amp; sha256sum --check --quiet bring-up/SHA256SUMS</pre>\n\
                 <p>Files that were added to the run are noticed by <code>plugfest rig verify</code>.</p>\n",
                markup(key.trim_end())
            )),
            None => page.put(format_args!("<p>This report was not signed.</p>\n")),
        }
        page.put(format_args!(
            "</div>\n<div class=\"hand\"><span>date, place</span><span>operator</span></div>\n</section>\n</main>\n\
             <footer>Limits belong to what is good. A check that passed without a measurement was judged by eye.</footer>\n\
             </body>\n</html>\n"
        ));
    }
}

/// The text of a page as it grows.
struct Page(String);

impl Page {
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(text);
    }

    fn check(&mut self, check: &Check) {
        let outcome = check.judged();
        let class = class(&outcome);
        self.put(format_args!(
            "<article class=\"check {class}\">\n<header><span class=\"badge {class}\">{}</span><h3>{}</h3>\
             <span class=\"id\">{}</span><time>{}</time></header>\n",
            outcome.word(),
            markup(&check.title),
            markup(&check.id),
            markup(&check.at)
        ));
        // What a table shows needs no words.
        let shown = matches!(outcome, Outcome::Fail { .. }) && !check.measurements.is_empty();
        if !outcome.reason().is_empty() && !shown {
            self.put(format_args!("<p class=\"reason\">{}</p>\n", markup(outcome.reason())));
        }
        for remark in &check.remarks {
            self.put(format_args!("<p class=\"reason\">Remark: {}</p>\n", markup(remark)));
        }
        if !check.measurements.is_empty() {
            self.put(format_args!(
                "<table>\n<thead><tr><th>measured</th><th>value</th><th>limits</th><th class=\"gauge\"></th></tr></thead>\n\
                 <tbody>\n"
            ));
            for measurement in &check.measurements {
                self.measurement(measurement);
            }
            self.put(format_args!("</tbody>\n</table>\n"));
        }
        self.put(format_args!("</article>\n"));
    }

    fn measurement(&mut self, measurement: &Measurement) {
        let class = match measurement.verdict {
            Judgement::Na => "na",
            Judgement::Pass if measurement.is_consistent() => "pass",
            Judgement::Fail | Judgement::Pass => "fail",
        };
        let value = measurement
            .value
            .map_or_else(|| "no reading".into(), |value| format!("{} {}", short(value), markup(&measurement.unit)));
        self.put(format_args!(
            "<tr class=\"{class}\"><td>{}</td><td class=\"value\">{value}</td><td class=\"limits\">{}",
            markup(&measurement.name),
            markup(&measurement.limits())
        ));
        // Why there is no value, or why one beyond its limits is good.
        if !measurement.note.is_empty() {
            self.put(format_args!("<br><small>{}</small>", markup(&measurement.note)));
        }
        self.put(format_args!("</td>"));
        match place(measurement) {
            Some(percent) => self
                .put(format_args!("<td class=\"gauge\"><span><i style=\"left:{percent:.1}%\"></i></span></td></tr>\n")),
            None => self.put(format_args!("<td class=\"gauge\"></td></tr>\n")),
        }
    }
}

/// Where a value lies on its gauge, in percent: the limits are at 20 and 80, and nothing leaves the gauge.
fn place(measurement: &Measurement) -> Option<f64> {
    let (value, low, high) = (measurement.value?, measurement.low?, measurement.high?);
    let share = (value - low) / (high - low);
    share.is_finite().then(|| (20.0 + 60.0 * share).clamp(1.0, 99.0))
}

/// The checks by area, areas in the order of their first check.
fn areas(checks: &[Check]) -> Vec<(&str, Vec<&Check>)> {
    let mut places = BTreeMap::new();
    let mut areas: Vec<(&str, Vec<&Check>)> = Vec::new();
    for check in checks {
        let place = *places.entry(check.area.as_str()).or_insert(areas.len());
        match areas.get_mut(place) {
            Some((_, checks)) => checks.push(check),
            None => areas.push((&check.area, vec![check])),
        }
    }
    areas
}

const fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Error { .. } => "error",
        Outcome::Fail { .. } => "fail",
        Outcome::Na { .. } => "na",
        Outcome::Pass => "pass",
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::sample;
    use super::*;

    /// Every element that is opened is closed, in the right order.
    fn well_formed(page: &str) {
        let body = page.split_once("</style>").map(|(_, body)| body).expect("a style");
        let mut open = vec!["html", "head"];
        for tag in body.split('<').skip(1) {
            let name = tag.split(['>', ' ', '\n']).next().unwrap_or_default();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "<{tag}"),
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn the_page_shows_what_was_checked_and_measured() {
        let page = sample().to_html(None);
        well_formed(&page);
        for expected in [
            "<title>Failed: bring-up of bench-3</title>",
            "<h1 class=\"fail\">Failed</h1>",
            "Ada &lt;Lovelace&gt;",
            "<h2>CP DC</h2>",
            "12.03 V</td><td class=\"limits\">11.4 to 12.6</td>",
            "left:51.5%",
            "no reading</td><td class=\"limits\">at most 100</td>",
            "<p class=\"reason\">an AC rig</p>",
            "<p class=\"reason\">the board does not answer</p>",
            "firmware <b>V0.4</b>",
            "commit <b>v0.1.0-3-gabc</b>",
            "Remark: the lamp &lt;flickers&gt;",
            "This report was not signed.",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
        assert!(!page.contains("http"), "it needs nothing from elsewhere");
    }

    #[test]
    fn a_signed_page_says_by_whom_and_how_to_check_it() {
        let page = sample().to_html(Some("-----BEGIN PUBLIC KEY-----\nx\n"));
        well_formed(&page);
        assert!(page.contains("<pre>-----BEGIN PUBLIC KEY-----\nx</pre>"));
        assert!(page.contains("openssl pkeyutl -verify -pubin -inkey report.pub.pem"));
    }

    #[test]
    fn what_stands_in_a_report_stays_text() {
        let evil = "</script><script>alert(1)</script><img onerror='x' a=\"\u{0}&";
        let mut report = sample();
        for text in [&mut report.rig, &mut report.place, &mut report.operator, &mut report.date] {
            text.push_str(evil);
        }
        report.versions.insert(evil.into(), evil.into());
        for check in &mut report.checks {
            for text in [&mut check.id, &mut check.title, &mut check.area, &mut check.at] {
                text.push_str(evil);
            }
            for measurement in &mut check.measurements {
                measurement.name.push_str(evil);
                measurement.unit.push_str(evil);
                (measurement.low, measurement.high) = (Some(f64::MAX), Some(f64::MIN));
            }
        }
        let page = report.to_html(None);
        well_formed(&page);
        assert!(!page.contains("<script") && !page.contains("<img"));
    }

    #[test]
    fn the_verdict_of_the_page_follows_from_the_checks() {
        let mut report = sample();
        let title = |report: &BringUpReport| {
            let page = report.to_html(None);
            page.split("<h1").nth(1).and_then(|rest| rest.split(['>', '<']).nth(1)).map(str::to_owned)
        };
        report.checks.remove(1);
        assert_eq!(title(&report).as_deref(), Some("Incomplete"));
        report.checks.pop();
        assert_eq!(title(&report).as_deref(), Some("Passed"));
        report.checks.remove(0);
        assert_eq!(title(&report).as_deref(), Some("Nothing applied"));
        report.checks.clear();
        assert_eq!(title(&report).as_deref(), Some("Nothing was checked"));
    }
}
