//! JUnit's XML, as CI servers read it.

use std::fmt::Write;

use crate::escape::{attribute, markup};
use crate::run::{Counts, Run};
use crate::scenario::Scenario;
use crate::verdict::Verdict;

/// The run as JUnit XML: a suite a feature, a case a scenario with its file and line. Times are wall seconds; the virtual ones,
/// the seed and the tags are properties. A `failure` blames the product, an `error` the harness, the rig or a kill; what was not
/// run is an error, and what is not in order with the run itself is a case of its own.
#[must_use]
pub fn junit(run: &Run) -> String {
    let mut counts = run.counts();
    counts.error += run.troubles.len();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "<testsuites name=\"plugfest\" {}>", totals(counts, run.wall_s));
    troubles(&mut out, &run.troubles);
    for (feature, scenarios) in run.features() {
        let feature = if feature.is_empty() { "(unknown feature)" } else { feature };
        let wall: f64 = scenarios.iter().map(|one| one.wall_s).sum();
        let counts = Counts::of(scenarios.iter().copied());
        let _ = write!(out, "  <testsuite name=\"{}\" {}", attribute(feature), totals(counts, wall));
        if !run.started.is_empty() {
            let _ = write!(out, " timestamp=\"{}\"", attribute(&run.started));
        }
        out.push_str(">\n");
        let properties = [("seed", &run.seed), ("rig", &run.rig), ("version", &run.version)];
        let told = properties.map(|(name, value)| property(6, name, value)).concat();
        if !told.is_empty() {
            let _ = write!(out, "    <properties>\n{told}    </properties>\n");
        }
        for scenario in scenarios {
            case(&mut out, feature, scenario);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// What is not in order with the run itself, as a suite.
fn troubles(out: &mut String, troubles: &[String]) {
    if troubles.is_empty() {
        return;
    }
    let counts = Counts { error: troubles.len(), ..Counts::default() };
    let _ = writeln!(out, "  <testsuite name=\"(the run)\" {}>", totals(counts, 0.0));
    for trouble in troubles {
        let _ = write!(
            out,
            "    <testcase name=\"{0}\" classname=\"(the run)\" time=\"0.000000\">\n      \
             <error message=\"{0}\" type=\"run\">{1}</error>\n    </testcase>\n",
            attribute(trouble),
            markup(trouble)
        );
    }
    out.push_str("  </testsuite>\n");
}

fn totals(counts: Counts, seconds: f64) -> String {
    let Counts { failed, error, skipped, .. } = counts;
    let tests = counts.total();
    format!("tests=\"{tests}\" failures=\"{failed}\" errors=\"{error}\" skipped=\"{skipped}\" time=\"{seconds:.6}\"")
}

fn property(indent: usize, name: &str, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    format!("{:indent$}<property name=\"{name}\" value=\"{}\"/>\n", "", attribute(value))
}

fn case(out: &mut String, feature: &str, scenario: &Scenario) {
    let class = feature.trim_end_matches(".feature").replace('/', ".");
    let _ = write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\"",
        attribute(&scenario.name),
        attribute(class.trim_start_matches('.')),
        attribute(feature)
    );
    if scenario.line > 0 {
        let _ = write!(out, " line=\"{}\"", scenario.line);
    }
    let _ = write!(out, " time=\"{:.6}\">\n      <properties>\n", scenario.wall_s);
    out.push_str(&property(8, "virtual_s", &format!("{:.6}", scenario.virtual_s)));
    out.push_str(&property(8, "seed", &scenario.seed));
    out.push_str(&property(8, "tags", &scenario.tags.join(" ")));
    out.push_str(&property(8, "folder", &format!("scenarios/{}", scenario.slug)));
    out.push_str("      </properties>\n");
    match scenario.verdict {
        Verdict::Passed => {}
        Verdict::Skipped => {
            let _ = writeln!(out, "      <skipped message=\"{}\"/>", attribute(&scenario.message));
        }
        Verdict::Failed => broken(out, scenario, "failure"),
        Verdict::Error => broken(out, scenario, "error"),
    }
    let steps = if scenario.verdict == Verdict::Passed { &[][..] } else { &scenario.steps };
    if !steps.is_empty() || !scenario.remarks.is_empty() {
        let _ = write!(out, "      <system-out>");
        for remark in &scenario.remarks {
            let _ = writeln!(out, "remark: {}", markup(remark));
        }
        for step in steps {
            let _ = writeln!(out, "{} {:<10} {}", step.ended, step.status.word(), markup(&step.sentence()));
        }
        out.push_str("</system-out>\n");
    }
    if !scenario.damage.is_empty() {
        let _ = writeln!(out, "      <system-err>{}</system-err>", markup(&scenario.damage.join("\n")));
    }
    out.push_str("    </testcase>\n");
}

fn broken(out: &mut String, scenario: &Scenario, element: &str) {
    let step = scenario.broken_step();
    let reason = scenario.reason();
    let message = match step {
        Some(step) => format!("{}: {}", step.sentence(), reason.lines().next().unwrap_or_default()),
        None => reason.lines().next().unwrap_or_default().to_owned(),
    };
    let kind = step.map_or("scenario", |step| step.status.word());
    let _ = write!(out, "      <{element} message=\"{}\" type=\"{kind}\">", attribute(&message));
    if let Some(step) = step {
        let _ = writeln!(out, "{} (at {})", markup(&step.sentence()), step.ended);
    }
    let _ = writeln!(out, "{}\n{}</{element}>", markup(reason), markup(&scenario.place()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{sample_run, well_formed};

    #[test]
    fn the_xml_is_well_formed_and_says_what_ci_needs() {
        let xml = junit(&sample_run());
        let elements = well_formed(&xml).unwrap_or_else(|why| panic!("{why}\n{xml}"));
        assert_eq!(elements["testsuite"], 3);
        assert_eq!(elements["testcase"], 4);
        assert_eq!((elements["failure"], elements["error"], elements["skipped"]), (1, 1, 1));
        for expected in [
            "<testsuites name=\"plugfest\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"0.2",
            "<testcase name=\"A diode fault ends the charge\" classname=\"features.faults.diode\" \
             file=\"features/faults/diode.feature\" line=\"12\" time=\"0.070",
            "<property name=\"virtual_s\" value=\"70.060000\"/>",
            "<property name=\"tags\" value=\"@CP-16 @sim\"/>",
            "<skipped message=\"rig bench-3 provides no plc\"/>",
            "<failure message=\"Then for 10 s the contactor stays closed: the contactor opened at 00:01:10.040\" \
             type=\"failed\">",
            "name=\"Two hours &lt;of&gt; &quot;patience&quot; &amp; more\"",
        ] {
            assert!(xml.contains(expected), "{expected}\nis missing in\n{xml}");
        }
    }

    #[test]
    fn nothing_a_name_or_message_holds_breaks_the_xml() {
        let mut run = sample_run();
        for (index, scenario) in run.scenarios.iter_mut().enumerate() {
            scenario.verdict = [Verdict::Failed, Verdict::Error, Verdict::Skipped, Verdict::Passed][index];
            for text in [&mut scenario.name, &mut scenario.message, &mut scenario.feature, &mut scenario.slug] {
                text.push_str("]]> <![CDATA[ \u{0} \u{1b}[31m \u{ffff} <b a=\"'&amp;&#0;\">\r\n");
            }
            scenario.damage.push("</testsuites>".into());
            scenario.remarks.push("</testsuites>".into());
        }
        run.troubles.push("]]> \u{0} <b a=\"'&amp;&#0;\">\r\n".into());
        well_formed(&junit(&run)).unwrap_or_else(|why| panic!("{why}"));
    }
}
