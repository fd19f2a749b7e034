//! The page around the scenarios.

use std::collections::BTreeMap;

use event_log::RunKind;

use crate::escape::{cut, markup};
use crate::format::{count, number, span};
use crate::html::{Budget, put, scenario, words};
use crate::run::{Counts, Run};
use crate::verdict::Verdict;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// So many conversations are unfolded; of more, somebody has to choose.
const OPEN: usize = 2;

/// The run as one HTML file without external resources: counts and times, the scenarios by feature with a filter, and for each
/// its steps, plots and message chart. Broken scenarios are unfolded. Everything that came from a log is escaped, and the size
/// is bounded whatever the logs hold.
#[must_use]
pub fn html(run: &Run) -> String {
    let counts = run.counts();
    let (word, class) = words::heading(run, counts);
    let mut out = String::with_capacity(64 << 10);
    put(
        &mut out,
        format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{} - Plugfest</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
            words::title(run, counts)
        ),
    );
    header(&mut out, run, counts, &word, class);
    let places = places(run);
    broken_list(&mut out, run, &places);
    filter(&mut out, run.kind, counts);
    out.push_str("<main>\n");
    let mut bodies = bodies(run);
    for (feature, scenarios) in run.features() {
        let told = if feature.is_empty() { "(unknown feature)" } else { feature };
        let (folder, file) = told.rsplit_once('/').map_or(("", told), |(folder, file)| (folder, file));
        let slash = if folder.is_empty() { "" } else { "/" };
        put(
            &mut out,
            format_args!(
                "<section class=\"feature\">\n<h2><span class=\"path\">{}{slash}</span><span class=\"file\">{}</span>{}</h2>\n",
                markup(folder),
                markup(file),
                tally(run.kind, Counts::of(scenarios.iter().copied()))
            ),
        );
        for one in scenarios {
            let slug = one.slug.as_str();
            let index = places.get(slug).copied().unwrap_or_default();
            let open = run.kind == RunKind::Capture && run.scenarios.len() <= OPEN;
            scenario::write(&mut out, run.kind, one, index, open, &bodies.remove(slug).unwrap_or_default());
        }
        out.push_str("</section>\n");
    }
    put(
        &mut out,
        format_args!(
            "<p class=\"nothing\" hidden>No scenario matches the filter.</p>\n</main>\n\
             <footer>Plugfest {}. All of it is drawn from the logs beside this file: <code>events.ndjson</code>.</footer>\n\
             <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
            markup(&run.version)
        ),
    );
    out
}

/// The number of each scenario on the page, by slug.
fn places(run: &Run) -> BTreeMap<&str, usize> {
    let features = run.features();
    features.values().flatten().enumerate().map(|(index, one)| (one.slug.as_str(), index)).collect()
}

/// What did not pass, so that nobody has to look for it.
fn broken_list(out: &mut String, run: &Run, places: &BTreeMap<&str, usize>) {
    /// More than these are found by the filter.
    const LISTED: usize = 40;
    let broken = run.broken();
    if broken.is_empty() || run.scenarios.len() < 2 {
        return;
    }
    out.push_str("<ul class=\"broken-list\">\n");
    for one in broken.iter().take(LISTED) {
        let why = one.reason().lines().next().unwrap_or_default();
        put(
            out,
            format_args!(
                "<li class=\"{0}\"><span class=\"icon\" title=\"{0}\">{1}</span><span><a href=\"#s{2}\">{3}</a> \
                 <span class=\"why\">{4}</span></span></li>\n",
                one.verdict,
                scenario::icon(one.verdict),
                places.get(one.slug.as_str()).copied().unwrap_or_default(),
                markup(&one.name),
                markup(&cut(why, 160))
            ),
        );
    }
    if broken.len() > LISTED {
        put(out, format_args!("<li class=\"why\">and {} more</li>\n", broken.len() - LISTED));
    }
    out.push_str("</ul>\n");
}

/// The drawings of the scenarios by slug. Broken ones come first, so that a long green run cannot use up their room.
fn bodies(run: &Run) -> BTreeMap<&str, String> {
    let mut budget = Budget::new(run.kind);
    let mut bodies = BTreeMap::new();
    let passed = run.scenarios.iter().filter(|one| one.verdict == Verdict::Passed);
    for one in run.broken().into_iter().chain(passed) {
        let body = if budget.is_spent() { None } else { budget.take(scenario::drawings(run.kind, one)) };
        let left_out = || {
            let slug = markup(&one.slug);
            format!(
                "<p class=\"hint\">The drawings are left out to keep this file small; the log is in <code>scenarios/{slug}</code>.</p>\n"
            )
        };
        bodies.insert(one.slug.as_str(), body.unwrap_or_else(left_out));
    }
    bodies
}

fn header(out: &mut String, run: &Run, counts: Counts, word: &str, class: &str) {
    put(
        out,
        format_args!(
            "<header>\n<p class=\"brand\">Plugfest <span>{}</span></p>\n<h1 class=\"{class}\">{word}</h1>\n",
            markup(&run.started)
        ),
    );
    for trouble in &run.troubles {
        put(out, format_args!("<p class=\"warning\">{}</p>\n", markup(trouble)));
    }
    // The proportions, at a glance.
    out.push_str("<div class=\"bar\" aria-hidden=\"true\">");
    for (verdict, n) in parts(counts) {
        if n > 0 {
            put(out, format_args!("<span class=\"{verdict}\" style=\"flex-grow:{n}\"></span>"));
        }
    }
    out.push_str("</div>\n<dl class=\"tiles\">\n");
    for (verdict, n) in parts(counts) {
        let always = verdict == Verdict::Passed || (verdict == Verdict::Failed && run.kind != RunKind::Capture);
        let shown = n > 0 || always;
        if shown {
            let quiet = if n == 0 { " quiet" } else { "" };
            put(
                out,
                format_args!(
                    "<div class=\"{verdict}{quiet}\"><dt>{}</dt><dd>{n}</dd></div>\n",
                    words::verdict(run.kind, verdict)
                ),
            );
        }
    }
    let mut tile = |name: &str, value: &str| {
        if !value.is_empty() {
            put(out, format_args!("<div><dt>{name}</dt><dd>{}</dd></div>\n", markup(value)));
        }
    };
    if run.kind == RunKind::Capture {
        tile("time", &span(run.virtual_s));
    } else {
        tile("virtual time", &span(run.virtual_s));
        tile("wall time", &span(run.wall_s));
    }
    if run.wall_s > 0.0 && run.virtual_s > run.wall_s {
        let speed = run.virtual_s / run.wall_s;
        tile("speed", &format!("{}\u{d7}", number(speed, usize::from(speed < 10.0))));
    }
    tile("seed", &run.seed);
    tile("rig", &run.rig);
    out.push_str("</dl>\n</header>\n");
}

fn parts(counts: Counts) -> [(Verdict, usize); 4] {
    [
        (Verdict::Passed, counts.passed),
        (Verdict::Failed, counts.failed),
        (Verdict::Error, counts.error),
        (Verdict::Skipped, counts.skipped),
    ]
}

/// The search field and a button a verdict. Hidden until the script runs, as they do nothing without it.
fn filter(out: &mut String, kind: RunKind, counts: Counts) {
    out.push_str(
        "<nav class=\"filter\" hidden>\n<input type=\"search\" placeholder=\"Filter by name, tag or path\" \
         aria-label=\"Filter the scenarios by name, tag or path\">\n<div class=\"chips\">",
    );
    for (verdict, n) in parts(counts) {
        if n > 0 {
            put(
                out,
                format_args!(
                    "<button type=\"button\" class=\"chip {verdict}\" data-verdict=\"{verdict}\" aria-pressed=\"false\">\
                     {} <b>{n}</b></button>",
                    words::verdict(kind, verdict)
                ),
            );
        }
    }
    out.push_str("</div>\n</nav>\n");
}

fn tally(kind: RunKind, counts: Counts) -> String {
    let mut out = String::from("<span class=\"tally\">");
    for (verdict, n) in parts(counts) {
        if n > 0 {
            put(
                &mut out,
                format_args!(
                    "<span class=\"{verdict}\" title=\"{} {}\">{} {n}</span>",
                    count(n, if kind == RunKind::Capture { "conversation" } else { "scenario" }),
                    words::verdict(kind, verdict),
                    scenario::icon(verdict)
                ),
            );
        }
    }
    out + "</span>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{sample_run, well_formed};

    /// The page without the text of its style and script, which is no markup.
    fn markup_of(page: &str) -> String {
        page.replace(STYLE, "").replace(SCRIPT, "")
    }

    #[test]
    fn the_page_is_well_formed_and_needs_nothing_else() {
        let page = html(&sample_run());
        let elements = well_formed(&markup_of(&page)).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(elements["section"], 3);
        assert!(elements["svg"] > 4, "{elements:?}");
        for outside in ["http:", "https:", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        // Links stay on the page and lead somewhere.
        for link in page.split("href=\"").skip(1) {
            let target = link.split('"').next().and_then(|link| link.strip_prefix('#')).expect("a place on the page");
            assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
        }
        for expected in ["A diode fault ends the charge", "injected: the diode is shorted", "2 min 55 s", ">42<"] {
            assert!(page.contains(expected), "{expected}");
        }
    }

    #[test]
    fn what_stands_in_a_log_stays_text() {
        let mut run = sample_run();
        let evil = "</script><script>alert(1)</script><img onerror='x' a=\"\u{0}&";
        run.version = evil.into();
        run.started = evil.into();
        run.troubles.push(evil.into());
        for scenario in &mut run.scenarios {
            for text in [&mut scenario.name, &mut scenario.message, &mut scenario.feature, &mut scenario.slug] {
                text.push_str(evil);
            }
            scenario.tags.push(evil.into());
            scenario.damage.push(evil.into());
            scenario.remarks.push(evil.into());
            for step in &mut scenario.steps {
                step.text.push_str(evil);
                step.message.push_str(evil);
            }
            for message in &mut scenario.exchange.messages {
                message.text.push_str(evil);
                message.detail.push_str(evil);
            }
            for (_, series) in &mut scenario.series {
                series.marks.iter_mut().for_each(|mark| mark.text.push_str(evil));
                let spans = series.bands.iter_mut().flat_map(|band| &mut band.spans);
                spans.for_each(|span| span.label.push_str(evil));
            }
        }
        let page = html(&run);
        assert!(!page.contains("<script>alert") && !page.contains("<img"));
        well_formed(&markup_of(&page)).unwrap_or_else(|why| panic!("{why}"));
    }

    #[test]
    fn a_long_run_stays_small_and_keeps_the_drawings_of_what_failed() {
        let mut run = sample_run();
        let (failed, passed) = (run.scenarios[0].clone(), run.scenarios[1].clone());
        for n in 0..3000 {
            run.scenarios.push(crate::Scenario { slug: format!("{:04}-more", n + 5), ..passed.clone() });
        }
        run.scenarios.push(crate::Scenario { slug: "9999-last".into(), ..failed });
        let page = html(&run);
        assert!(page.len() < 24 << 20, "{} bytes", page.len());
        // The last of the failed is as well drawn as the first, and each passed one either is or says where its log lies.
        let details: Vec<_> = page.split("<details class=\"scenario ").skip(1).collect();
        assert_eq!(details.len(), 3005);
        for one in details {
            let drawn = one.contains("class=\"lanes\"");
            let told = one.contains("The drawings are left out");
            assert!(drawn || (told && one.starts_with("passed")) || one.starts_with("skipped"), "{}", &one[..300]);
        }
    }

    #[test]
    fn an_empty_run_is_told_to_be_one() {
        let page = html(&Run::default());
        assert!(page.contains("<h1 class=\"error\">Nothing was run</h1>"));
        well_formed(&markup_of(&page)).unwrap_or_else(|why| panic!("{why}"));
    }
}
