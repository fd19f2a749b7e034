"""Josev (the Python package `iso15118`) as one end of a session, made fit for a machine that has other things to do.

    josev.py secc
    josev.py evcc CONFIG.json

Does what `iso15118.secc.main` and `iso15118.evcc.main` do, with these changes:

- all time limits are JOSEV_PATIENCE times as long (30): its codec takes 70 ms a message, and more on a busy machine. What it does
  is then worth something, when it does it is not;
- the codec has read its grammars before the first message comes: that takes a second each;
- the simulated station delivers the voltage and the current that the car asks for, and its limits are those of a station and always
  the same. The one of the package shows 1 V for ever, and allows 40 V.

The rest is set as for the package: NETWORK_INTERFACE, PROTOCOLS, AUTH_MODES, LOG_LEVEL and so on.
"""

import asyncio
import importlib
import os
import sys
from enum import Enum

PATIENCE = float(os.environ.get("JOSEV_PATIENCE", "30"))

TIMEOUTS = ["timeouts", "iso15118_2.timeouts", "iso15118_20.timeouts", "din_spec.timeouts"]


def be_patient():
    """Before anything else is imported: the states bind these names when they are."""
    for name in TIMEOUTS:
        module = importlib.import_module("iso15118.shared.messages." + name)
        longer = {key: limit.value * PATIENCE for key, limit in module.Timeouts.__members__.items()}
        module.Timeouts = Enum("Timeouts", longer, type=float)


def warm_up(codec):
    """Reads the grammars that a session of DIN or -2 needs, by writing and reading one message of each."""
    from iso15118.shared.exi_codec import EXI
    from iso15118.shared.messages import app_protocol as sap
    from iso15118.shared.messages.din_spec import body as din_body, header as din_header, msgdef as din
    from iso15118.shared.messages.enums import Namespace
    from iso15118.shared.messages.iso15118_2 import body as iso2_body, header as iso2_header, msgdef as iso2

    exi = EXI()
    exi.set_exi_codec(codec)
    answer = sap.SupportedAppProtocolRes(
        response_code=sap.ResponseCodeSAP.NEGOTIATION_OK, schema_id=1
    )
    messages = [(answer, Namespace.SAP)]
    for namespace, message, header, body in [
        (Namespace.DIN_MSG_DEF, din, din_header, din_body),
        (Namespace.ISO_V2_MSG_DEF, iso2, iso2_header, iso2_body),
    ]:
        request = body.SessionSetupReq(evcc_id="020000000001")
        whole = message.V2GMessage(
            header=header.MessageHeader(session_id="00"), body=body.Body(session_setup_req=request)
        )
        messages.append((whole, namespace))
    for message, namespace in messages:
        for _ in range(3):
            exi.from_exi(exi.to_exi(message, namespace), namespace)


async def secc(codec):
    from iso15118.secc import SECCHandler
    from iso15118.secc.controller.evse_data import CurrentType
    from iso15118.secc.controller.interface import ServiceStatus
    from iso15118.secc.controller.simulator import SimEVSEController
    from iso15118.secc.secc_settings import Config
    from iso15118.shared.messages import datatypes as of

    class Station(SimEVSEController):
        """Delivers what is asked for, and nothing after it is told to stop. 150 kW, 920 V, 200 A; with AC 32 A."""

        async def get_evse_max_voltage_limit(self):
            return of.PVEVSEMaxVoltageLimit(multiplier=0, value=920, unit="V")

        async def get_evse_max_current_limit(self):
            if self.evse_data_context.current_type == CurrentType.AC:
                return of.PVEVSEMaxCurrent(multiplier=0, value=32, unit="A")
            return of.PVEVSEMaxCurrentLimit(multiplier=0, value=200, unit="A")

        async def get_evse_max_power_limit(self):
            return of.PVEVSEMaxPowerLimit(multiplier=1, value=15000, unit="W")

        async def get_dc_charge_parameters(self):
            parameters = await super().get_dc_charge_parameters()
            parameters.evse_maximum_voltage_limit = await self.get_evse_max_voltage_limit()
            parameters.evse_maximum_current_limit = await self.get_evse_max_current_limit()
            parameters.evse_maximum_power_limit = await self.get_evse_max_power_limit()
            parameters.evse_minimum_voltage_limit = of.PVEVSEMinVoltageLimit(multiplier=0, value=150, unit="V")
            parameters.evse_minimum_current_limit = of.PVEVSEMinCurrentLimit(multiplier=0, value=0, unit="A")
            parameters.evse_peak_current_ripple = of.PVEVSEPeakCurrentRipple(multiplier=0, value=1, unit="A")
            return parameters

        async def send_charging_command(
            self, ev_target_voltage, ev_target_current, is_precharge=False, is_session_bpt=False
        ):
            self.evse_data_context.present_voltage = ev_target_voltage or 0
            self.evse_data_context.present_current = 0 if is_precharge else ev_target_current or 0

        async def stop_charger(self):
            self.evse_data_context.present_voltage = 0
            self.evse_data_context.present_current = 0

    config = Config()
    config.load_envs()
    station = Station()
    await station.set_status(ServiceStatus.STARTING)
    await SECCHandler(exi_codec=codec, evse_controller=station, config=config).start(config.iface)


async def evcc(codec, path):
    from iso15118.evcc import Config, EVCCHandler
    from iso15118.evcc.controller.simulator import SimEVController
    from iso15118.evcc.evcc_config import load_from_file

    # Where it cannot read its file it would take the default, and pass as another car.
    with open(path, encoding="utf-8"):
        pass
    config = Config()
    config.load_envs()
    car = await load_from_file(path)
    await EVCCHandler(
        evcc_config=car, iface=config.iface, exi_codec=codec, ev_controller=SimEVController(car)
    ).start()


def main():
    if sys.argv[1:] != ["secc"] and (len(sys.argv) != 3 or sys.argv[1] != "evcc"):
        sys.exit(__doc__)
    be_patient()
    from iso15118.shared.exificient_exi_codec import ExificientEXICodec
    from iso15118.shared.settings import load_shared_settings

    load_shared_settings()
    codec = ExificientEXICodec()
    warm_up(codec)
    asyncio.run(secc(codec) if sys.argv[1] == "secc" else evcc(codec, sys.argv[2]))


if __name__ == "__main__":
    main()
