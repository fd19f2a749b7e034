//! The devices of a rig, and those of them that the charger of a scenario has.

use hil::Endpoint;
use hil_rig::RigFile;
use station::{Config, OutletKind, Owner};
use units::EvseId;

/// A device: its name in a file, and where it is.
pub(crate) type Named<T> = (&'static str, T);

/// Devices of a station and of its EVSEs; a place is an endpoint, or the text that a charger is told.
#[derive(Clone, Debug)]
pub(crate) struct RigDevices<T> {
    /// Those of the station.
    pub(crate) station: Vec<Named<T>>,
    /// Those of each EVSE, in the order of their numbers.
    pub(crate) evses: Vec<Vec<Named<T>>>,
}

impl<T> RigDevices<T> {
    /// Those that sentences about that EVSE are about: its own, and the station's.
    pub(crate) fn of(&self, evse: EvseId) -> impl Iterator<Item = &Named<T>> {
        let own = self.evses.get(evse.place());
        own.into_iter().flatten().chain(&self.station)
    }

    /// The device of that name that sentences about that EVSE are about.
    pub(crate) fn get(&self, evse: EvseId, name: &str) -> Option<&T> {
        self.of(evse).find(|(own, _)| *own == name).map(|(_, place)| place)
    }
}

impl RigDevices<Endpoint> {
    /// The devices that a rig has for this charger: as many EVSEs as it has, with their own readers and panels or the station's.
    ///
    /// # Errors
    /// What the rig lacks for it, in words.
    pub(crate) fn for_charger(file: &RigFile, charger: &Config) -> Result<Self, String> {
        let (rig, has, wanted) = (&file.rig.id, file.evse_count(), usize::from(charger.evses.count()));
        if wanted > has {
            let has = if has == 1 { "one EVSE".to_owned() } else { format!("{has} EVSEs") };
            return Err(format!("rig {rig} has {has}, the scenario's charger {wanted}"));
        }
        let mut devices = Self { station: Vec::new(), evses: Vec::new() };
        let mut share = |name: &'static str| {
            let endpoint = file.devices.get(name)?;
            if devices.station.iter().all(|(known, _)| *known != name) {
                devices.station.push((name, endpoint.clone()));
            }
            Some(())
        };
        // What a rig lacks of this is no matter of a scenario with one EVSE that does not need it.
        share("grid_meter");
        for (id, told) in charger.evses.numbered() {
            let shared = [("token_reader", told.reader), ("panel", told.panel)]
                .map(|(name, owner)| (name, owner == Owner::Station));
            for (name, _) in shared.iter().filter(|(_, shared)| *shared) {
                share(name).ok_or_else(|| format!("rig {rig} has no {name} that its EVSEs could share"))?;
            }
            let own: Vec<_> = match file.evse.get(id.place()) {
                Some(evse) => evse.all().collect(),
                // All of it is in one table.
                None => file.devices.all().filter(|(name, _)| *name != "grid_meter").collect(),
            };
            let is_own = |name: &str| shared.iter().all(|(other, shared)| !*shared || *other != name);
            let own = own.into_iter().filter(|(name, _)| is_own(name));
            devices.evses.push(own.map(|(name, endpoint)| (name, endpoint.clone())).collect());
        }
        Ok(devices)
    }

    /// The charger can only be what there are devices for: without a lock an outlet has a cable of its own, and without a house meter
    /// nobody watches the fuse of the house.
    pub(crate) fn fit(&self, charger: &mut Config) {
        for id in charger.evses.ids() {
            if let Some(told) = charger.evses.of_mut(id)
                && self.get(id, "lock").is_none()
            {
                told.outlet.kind = OutletKind::Tethered;
            }
        }
        if self.station.iter().all(|(name, _)| *name != "grid_meter") {
            charger.site.main_fuse_a = 0;
        }
    }

    /// Those of a charger with one EVSE.
    pub(crate) fn of_one(devices: impl IntoIterator<Item = Named<Endpoint>>) -> Self {
        let (station, own) = devices.into_iter().partition(|(name, _)| *name == "grid_meter");
        Self { station, evses: vec![own] }
    }

    /// As the charger is told of them where nothing is made for it.
    pub(crate) fn as_they_are(&self) -> RigDevices<String> {
        let text = |devices: &Vec<Named<Endpoint>>| devices.iter().map(|(name, at)| (*name, at.to_string())).collect();
        RigDevices { station: text(&self.station), evses: self.evses.iter().map(text).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn rig(tables: &str) -> RigFile {
        let text = format!(
            "[rig]\nid = \"b\"\nplace = \"here\"\nworld = \"twin\"\n[safety]\nmax_v = 0\nmax_a = 0\n[caps]\n\
             provides = []\n{tables}"
        );
        RigFile::from_toml(Path::new("b.toml"), &text).expect("a rig")
    }

    const TWO: &str = "[devices]\ngrid_meter = \"tic:udp:world\"\ntoken_reader = \"pn532:pty\"\n[[evse]]\n\
        power_board = \"uart:pty\"\ntoken_reader = \"pn532:pty\"\n[[evse]]\npower_board = \"uart:pty\"\n\
        token_reader = \"pn532:pty\"\nlock = \"sim:lock\"\n";

    fn chosen(tables: &str, charger: &str) -> Result<(String, Vec<String>), String> {
        let charger = Config::from_toml("charger.toml", charger).expect("a charger");
        let devices = RigDevices::for_charger(&rig(tables), &charger)?;
        let names = |of: &Vec<Named<Endpoint>>| of.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
        Ok((names(&devices.station), devices.evses.iter().map(names).collect()))
    }

    #[test]
    fn a_charger_has_as_many_evses_of_the_rig_as_it_says() {
        let own = ["power_board token_reader", "lock power_board token_reader"];
        assert_eq!(chosen(TWO, ""), Ok(("grid_meter".into(), vec![own[0].into()])));
        assert_eq!(chosen(TWO, "[[evse]]\n[[evse]]\n"), Ok(("grid_meter".into(), own.map(String::from).into())));
        assert_eq!(
            chosen(TWO, "[[evse]]\n[[evse]]\n[[evse]]\n"),
            Err("rig b has 2 EVSEs, the scenario's charger 3".into())
        );
    }

    #[test]
    fn a_reader_is_the_evses_or_the_stations_as_the_charger_says() {
        let shared = "[[evse]]\nreader = \"station\"\n[[evse]]\n";
        assert_eq!(
            chosen(TWO, shared),
            Ok(("grid_meter token_reader".into(), vec!["power_board".into(), "lock power_board token_reader".into()]))
        );
        assert_eq!(
            chosen(TWO, "[[evse]]\n[[evse]]\npanel = \"station\"\n"),
            Err("rig b has no panel that its EVSEs could share".into())
        );
    }

    #[test]
    fn a_rig_with_one_table_has_one_evse() {
        let one = "[devices]\npower_board = \"uart:pty\"\npanel = \"fb:world\"\ngrid_meter = \"tic:udp:world\"\n";
        assert_eq!(chosen(one, ""), Ok(("grid_meter".into(), vec!["panel power_board".into()])));
        assert_eq!(chosen(one, "[[evse]]\n[[evse]]\n"), Err("rig b has one EVSE, the scenario's charger 2".into()));
        assert_eq!(
            chosen(one, "[[evse]]\npanel = \"station\"\n"),
            Ok(("grid_meter panel".into(), vec!["power_board".into()]))
        );
    }
}
