//! What the judge says at the end of a session, in words and for the exit code.

use features::print;

use super::listener::Conclusion;

/// Prints it; answers whether nothing is wrong.
pub(crate) fn tell(conclusion: &Conclusion, is_judged: bool) -> bool {
    let Conclusion { broken, held, failed, troubles } = conclusion;
    if is_judged {
        print::print(format_args!("{broken}"));
        print::line(format_args!("judge: {held} rules hold, {failed} are broken"));
    }
    for trouble in troubles {
        print::complain(format_args!("{trouble}"));
    }
    let heard_nothing = is_judged && held + failed == 0;
    if heard_nothing {
        print::complain(format_args!("the judge heard no session on the line"));
    }
    *failed == 0 && troubles.is_empty() && !heard_nothing
}
