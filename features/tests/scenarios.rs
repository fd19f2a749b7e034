//! Every scenario as a test of its own, for `cargo test` and nextest.

use std::sync::Arc;

use features::{Conditions, Options, Phrases, Rigs, Twins, Verdict, discover, longest_first, perform, rehearse};
use hil_rig::Decision;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let folder = env!("CARGO_MANIFEST_DIR");
    let root = std::path::Path::new(folder).parent().expect("the workspace");
    std::env::set_current_dir(root).expect("the workspace is there");
    let options = Options::default();
    let cases = discover(&options).unwrap_or_else(|error| panic!("{error}"));
    let phrases = Phrases::find([options.paths[0].as_path()]).unwrap_or_else(|error| panic!("{error}"));
    let wrong = rehearse(&cases, &phrases);
    wrong.iter().for_each(|error| eprintln!("{error}"));
    assert!(wrong.is_empty(), "{} errors in the features", wrong.len());
    let twins: Arc<dyn Rigs> = Arc::new(Twins::default());
    let trials = longest_first(&cases)
        .into_iter()
        .map(|place| cases[place].clone())
        // What only a bench can do is for benches.
        .filter(|case| twins.decide(&case.tags) == Decision::Run)
        .map(|case| {
            let (phrases, twins) = (phrases.clone(), Arc::clone(&twins));
            Trial::test(format!("{} {}", case.place(), case.name), move || {
                let outcome = perform(&case, Conditions::default(), None, &phrases, &twins);
                match outcome.verdict {
                    Verdict::Passed => Ok(()),
                    Verdict::Failed | Verdict::Error | Verdict::Skipped => Err(Failed::from(outcome.message)),
                }
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}
