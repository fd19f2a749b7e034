#!/bin/bash
# Plays the guest of a virtual rig without a kernel: its first process on serial line 1, and a charger on serial line 0 that says
# it is up and answers the echo probe. Test programs kill, stop and end them from outside; their numbers are in the run's folder.

# The host ends a guest as a whole: it is the leader of a session, as the kernel is.
[ -n "$PF_LEADER" ] || PF_LEADER=1 exec setsid "$0" "$@"

for argument in "$@"; do
  case $argument in
    ssl0=fd:*) line=${argument#*fd:} ;;
    ssl1=fd:*) orders=${argument#*fd:} ;;
    PF_DIR=*) folder=${argument#*=} ;;
  esac
done
echo $$ >"$folder/guest.pid"

say() { echo "$@" >&"$orders"; }

# What the test wants of the charger stands beside this file: `exit N` ends it so at its start, `term N` when it is told to.
wish() { sed -n "s/^$1 //p" "${BASH_SOURCE[0]}.wish"; }

charger() {
  local n=0 event early
  for event in '"board","kind":"started"' '"lock","kind":"position"' '"ocpp","kind":"link"'; do
    echo "e {\"v\":1,\"seq\":$n,\"t\":0,\"wall\":0,\"source\":$event,\"data\":{\"state\":\"online\"}}" >&"$line"
    n=$((n + 1))
  done
  early=$(wish exit)
  [ -z "$early" ] || exit "$early"
  code=$(wish term)
  answer &
  echo $! >"$folder/charger.pid"
  # Waiting, unlike reading, ends at once with a signal.
  trap 'kill $!; exit ${code:-0}' TERM
  wait $!
  exit $?
}

answer() {
  local word number
  while read -r word number <&"$line"; do
    [ "$word" = ping ] && echo "pong $number" >&"$line"
  done
}

child=
# Tells the end of the charger once it has ended.
look() {
  [ -n "$child" ] && ! kill -0 "$child" 2>/dev/null || return 0
  wait "$child"
  local code=$?
  child=
  say "exited $code"
}

# What came of an order whose end has not come yet: the time to read it can run out in the middle of a word.
begun=

say ready
while true; do
  look
  IFS= read -r -t 0.05 piece <&"$orders"
  heard=$?
  begun=$begun$piece
  # Above 128: nothing more came meanwhile. Otherwise the host is gone.
  [ $heard -gt 128 ] && continue
  [ $heard -eq 0 ] || exit 0
  read -r order rest <<<"$begun"
  begun=
  case $order in
    start)
      charger &
      child=$!
      say "ok $child"
      ;;
    term | kill)
      if [ -n "$child" ] && kill "-${order^^}" "$child"; then say ok; else say "error not running"; fi
      ;;
    *) say "ok 0" ;;
  esac
done
