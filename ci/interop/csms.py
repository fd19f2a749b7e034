"""A CSMS on the Python package `ocpp`, and the stories that the station must play with it.

The program starts the station itself (`plugfest charge --csms ...`, real time, a real socket on the loopback), serves it,
checks every frame against the JSON schemas that the package ships, and judges each story. It ends by itself; the last line
is `N passed, N failed`.
"""

import argparse
import asyncio
import json
import sys
from datetime import datetime, timezone
from importlib import resources

import jsonschema
import websockets
from ocpp.routing import on
from ocpp.v201 import ChargePoint, call, call_result
from websockets.asyncio.server import serve

IDENTITY = "PF-0001"
SCHEMAS = resources.files("ocpp") / "v201" / "schemas"


class Frames:
    """Every frame of a connection, checked against its schema."""

    def __init__(self):
        self.all = []
        self.broken = []
        self.actions = {}

    def schema(self, name):
        return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8-sig"))

    def take(self, direction, text):
        frame = json.loads(text)
        self.all.append((direction, frame))
        kind, ident = frame[0], frame[1]
        if kind == 2:
            self.actions[ident] = frame[2]
            name, payload = f"{frame[2]}Request", frame[3]
        elif kind == 3:
            name, payload = f"{self.actions.get(ident)}Response", frame[2]
        else:
            self.broken.append(f"{direction}: an error frame: {text}")
            return
        try:
            jsonschema.validate(payload, self.schema(name))
        except (jsonschema.ValidationError, FileNotFoundError) as error:
            self.broken.append(f"{direction} {name}: {str(error).splitlines()[0]}")

    def calls(self, action):
        return [f[3] for d, f in self.all if d == "station" and f[0] == 2 and f[2] == action]


class Tap:
    """Stands between the socket and the package, and shows every frame to `Frames`."""

    def __init__(self, socket, frames):
        self.socket, self.frames = socket, frames

    async def recv(self):
        text = await self.socket.recv()
        self.frames.take("station", text)
        return text

    async def send(self, text):
        self.frames.take("csms", text)
        await self.socket.send(text)


def now():
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


class Csms(ChargePoint):
    """Accepts everything; tells when a transaction charges."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.charging = asyncio.Event()
        self.transaction = None

    @on("BootNotification")
    def boot(self, **_):
        return call_result.BootNotification(current_time=now(), interval=5, status="Accepted")

    @on("StatusNotification")
    def status(self, **_):
        return call_result.StatusNotification()

    @on("Heartbeat")
    def heartbeat(self, **_):
        return call_result.Heartbeat(current_time=now())

    @on("Authorize")
    def authorize(self, **_):
        return call_result.Authorize(id_token_info={"status": "Accepted"})

    @on("NotifyReport")
    def report(self, **_):
        return call_result.NotifyReport()

    @on("TransactionEvent")
    def event(self, transaction_info, **_):
        self.transaction = transaction_info["transaction_id"]
        if transaction_info.get("charging_state") == "Charging":
            self.charging.set()
        return call_result.TransactionEvent()


class Judge:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, holds, detail=""):
        self.passed += bool(holds)
        self.failed += not holds
        print(f"{'passed' if holds else 'FAILED'}  {what}{'' if holds else f': {detail}'}", flush=True)


async def station(binary, port, *options, timeout=90):
    """Runs the station; answers its exit code and all it printed."""
    process = await asyncio.create_subprocess_exec(
        binary, "charge", "--csms", f"ws://127.0.0.1:{port}/ocpp", "--speed", "1x", *options,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), timeout)
    except asyncio.TimeoutError:
        process.kill()
        out, _ = await process.communicate()
        return -1, out.decode() + "\n(killed: it did not end)"
    return process.returncode, out.decode()


async def session(judge, binary, name, options, during=None):
    """One session with a CSMS that behaves; `during` acts while energy flows."""
    frames, seen, acted = Frames(), [], []

    async def serve_station(socket):
        seen.append(socket.request.path)
        csms = Csms(IDENTITY, Tap(socket, frames))

        async def act():
            await csms.charging.wait()
            if during:
                acted.append(await during(csms))

        task = asyncio.create_task(act())
        try:
            await csms.start()
        except websockets.exceptions.ConnectionClosed:
            pass
        finally:
            task.cancel()

    async with serve(serve_station, "127.0.0.1", 0, subprotocols=["ocpp2.0.1"], compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        code, out = await station(binary, port, *options)
    print(f"-- {name}: exit {code}, {len(frames.all)} frames")
    judge.check(f"{name}: the station charged", code == 0, out[-600:])
    judge.check(f"{name}: every frame fits its schema", frames.all and not frames.broken, frames.broken[:3])
    judge.check(f"{name}: the path names the station", seen and all(path.endswith(IDENTITY) for path in seen), seen)
    return frames, acted, out


def judge_story(judge, name, frames, reason):
    first = next((f[2] for d, f in frames.all if d == "station" and f[0] == 2), None)
    judge.check(f"{name}: BootNotification comes first", first == "BootNotification", first)
    statuses = [s["connectorStatus"] for s in frames.calls("StatusNotification")]
    judge.check(f"{name}: Available, Occupied, Available", statuses == ["Available", "Occupied", "Available"], statuses)
    events = frames.calls("TransactionEvent")
    kinds = [e["eventType"] for e in events]
    judge.check(f"{name}: one Started first, one Ended last", kinds[:1] == ["Started"] and kinds[-1:] == ["Ended"]
                and kinds.count("Started") == kinds.count("Ended") == 1, kinds)
    judge.check(f"{name}: seqNo without a gap", [e["seqNo"] for e in events] == list(range(len(events))), events)
    ids = {e["transactionInfo"]["transactionId"] for e in events}
    judge.check(f"{name}: one transaction id", len(ids) == 1, ids)
    updates = [e for e in events if e["eventType"] == "Updated" and e.get("meterValue")]
    judge.check(f"{name}: at least two updates with meter values", len(updates) >= 2, kinds)

    def register(event):
        values = event["meterValue"][-1]["sampledValue"]
        return next(v["value"] for v in values if v["measurand"] == "Energy.Active.Import.Register")

    judge.check(f"{name}: the meter stop is above the meter start",
                events and register(events[-1]) > register(events[0]) > 0, events[-1:])
    stopped = events[-1]["transactionInfo"].get("stoppedReason") if events else None
    judge.check(f"{name}: stoppedReason {reason}", stopped == reason, stopped)


async def variables_and_limit(csms):
    variables = await csms.call(call.GetVariables(get_variable_data=[
        {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}]))
    profile = {
        "id": 7, "stack_level": 1, "charging_profile_purpose": "TxProfile", "charging_profile_kind": "Relative",
        "transaction_id": csms.transaction,
        "charging_schedule": [{"id": 1, "charging_rate_unit": "A",
                               "charging_schedule_period": [{"start_period": 0, "limit": 10.0}]}],
    }
    limited = await csms.call(call.SetChargingProfile(evse_id=1, charging_profile=profile))
    report = await csms.call(call.GetBaseReport(request_id=1, report_base="FullInventory"))
    return variables, limited, report


async def remote_stop(csms):
    await asyncio.sleep(3)
    return await csms.call(call.RequestStopTransaction(transaction_id=csms.transaction))


async def misbehaviours(judge, binary):
    """Peers that are no CSMS: the station says what is wrong, closes nothing, and ends by itself."""

    async def silence(socket):
        await socket.wait_closed()

    async def garbage(socket):
        try:
            async for _ in socket:
                await socket.send("]] this is no OCPP [[")
        except websockets.exceptions.ConnectionClosed:
            pass  # the station may leave without a word

    async def closes(socket):
        await socket.recv()
        await socket.close()

    cases = [
        ("wrong subprotocol", silence, ["ocpp1.6"], "subprotocol"),
        ("garbage", garbage, ["ocpp2.0.1"], "not JSON"),
        ("closing mid-call", closes, ["ocpp2.0.1"], "closed the connection"),
        ("silence", silence, ["ocpp2.0.1"], "has not answered BootNotification"),
    ]
    for name, peer, protocols, words in cases:
        async with serve(peer, "127.0.0.1", 0, subprotocols=protocols, compression=None,
                         select_subprotocol=lambda _socket, offered, p=protocols: p[0]) as server:
            port = server.sockets[0].getsockname()[1]
            code, out = await station(binary, port, "--duration", "6", timeout=60)
        judge.check(f"{name}: no energy without an authorization", code == 1 and "ChargingStarted" not in out, out[-600:])
        judge.check(f"{name}: said in words, no panic", words in out and "panicked" not in out, out[-600:])
    code, out = await station(binary, 9, "--duration", "6", timeout=60)
    judge.check("nobody listens: said in words, no energy, no panic",
                code == 1 and "127.0.0.1:9" in out and "panicked" not in out and "ChargingStarted" not in out, out[-600:])


async def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--station", required=True, help="the plugfest binary")
    binary = arguments.parse_args().station
    judge = Judge()

    name = "a short session"
    frames, acted, out = await session(
        judge, binary, name, ["--auth", "rfid:04A1B2C3", "--charger", "ci/interop/charger.toml", "--duration", "12"],
        during=variables_and_limit)
    judge_story(judge, name, frames, "EVDisconnected")
    judge.check(f"{name}: the variable was read", acted and acted[0][0].get_variable_result[0]["attribute_status"] == "Accepted",
                acted)
    judge.check(f"{name}: the profile was taken", acted and acted[0][1].status == "Accepted", acted)
    judge.check(f"{name}: the base report came", acted and acted[0][2].status == "Accepted" and frames.calls("NotifyReport"),
                acted)
    amps = [v["value"] for e in frames.calls("TransactionEvent") for m in e.get("meterValue", [])
            for v in m["sampledValue"] if v["measurand"] == "Current.Import"]
    judge.check(f"{name}: the car follows the 10 A", amps and 9 < max(amps[-6:]) <= 10.1 or
                any(9 < a <= 10.1 for a in amps), amps)
    judge.check(f"{name}: the summary is printed", "virtual seconds per wall second" in out, out[-400:])

    name = "a remote stop"
    frames, acted, _ = await session(
        judge, binary, name, ["--auth", "rfid:04A1B2C3", "--charger", "ci/interop/charger.toml", "--duration", "40"],
        during=remote_stop)
    judge_story(judge, name, frames, "Remote")
    judge.check(f"{name}: accepted", acted and acted[0].status == "Accepted", acted)

    await misbehaviours(judge, binary)
    print(f"\n{judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(asyncio.wait_for(main(), 600)))
