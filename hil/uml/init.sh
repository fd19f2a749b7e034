#!/bin/busybox sh
# The first process of the virtual rig's guest. The root is the host's file system (hostfs); PF_DIR, from the kernel's command
# line, is the run's folder on it: `env` is read there, logs are left there.
#
# The host gives orders over the second serial line (ttyS1), one a line, and is answered by a line each:
#
#   start            run $PF_RUN (a command line); "ok PID"
#   start CMDLINE    run that instead
#   term, kill       end it; "ok", and "exited RC" when it has ended (128 + N for a signal)
#   status           "ok running PID", "ok exited RC" or "ok idle"
#   unbind DEVICE    take a virtio device (virtio-uml.N) from its driver, and
#   bind DEVICE      give it back: the driver connects anew; "ok"
#   shell CMDLINE    run a command to its end, its output goes to init.log; "ok RC"
#   poweroff [RC]    the verdict, by default that of the program; "DONE RC", and the machine is off
#
# Anything else is answered with "error ...". First of all "ready" is said. When the line hangs up, the host is gone: off.
# The verdict is the exit status of the kernel's process; 99 stands for "it came to none".

# The shell is busybox with every tool built in: it takes its own before any other, which saves the start of a program each.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# By its path: until /proc is there, the shell would take the host's /proc/self/exe for itself, which is the kernel.
/bin/busybox mount -t proc proc /proc
echo 99 >/proc/exitcode
mount -t sysfs sysfs /sys
mount -t configfs configfs /sys/kernel/config 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts -o ptmxmode=666,mode=600 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm

# What is under /tmp or /run on the host and wanted here: the run's folder, and what PF_KEEP in `env` lists.
[ -r "$PF_DIR/env" ] && . "$PF_DIR/env"
hidden() { case $1/ in /tmp/* | /run/*) true ;; *) false ;; esac }
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
for folder in $PF_DIR $PF_KEEP; do
  hidden "$folder" || continue
  mkdir -p "$folder"
  mount -t hostfs -o "$folder" none "$folder"
done
cd "$PF_DIR" || exit 1
exec </dev/null >>"$PF_DIR/init.log" 2>&1
export HOME=$PF_DIR

hostname guest
ip link set lo up
# The network card for TCP (vec1), and the one that is the PLC modem's wire (vec0): ready as soon as it is up.
for card in vec0 vec1; do
  [ -e /sys/class/net/$card ] || continue
  echo 0 >/proc/sys/net/ipv6/conf/$card/accept_dad
  ip link set $card up
done
[ -e /sys/class/net/vec1 ] && ip addr add 192.0.2.2/24 dev vec1

# I2C chips for which the kernel has drivers: what PF_CHIPS lists, "bus/driver@address".
for chip in $PF_CHIPS; do
  driver=${chip#*/}
  echo "${driver%@*} ${driver#*@}" >"/sys/bus/i2c/devices/${chip%%/*}/new_device"
done

# The shell's own `ip` knows no CAN.
# CAN: "vcan" is a bus within the guest; a serial line (ttyS2) is an adapter that speaks slcan, its other end is the host's.
case $PF_CAN in
  '') ;;
  vcan) /sbin/ip link add can0 type vcan && /sbin/ip link set can0 up ;;
  *)
    # The line discipline waits to be told that its bytes are gone, which UML's serial lines never say: a pty in between does.
    stty raw -echo <"/dev/$PF_CAN"
    script -q -E never -c 'exec ldattach -d 17 "$(tty)"' /dev/null <"/dev/$PF_CAN" >"/dev/$PF_CAN" &
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      [ -e /sys/class/net/can0 ] && break
      usleep 20000
    done
    /sbin/ip link set can0 up type can bitrate "${PF_CAN_BITRATE:-125000}"
    ;;
esac

control=/dev/ttyS1
stty raw -echo <$control
[ -e /dev/ttyS0 ] && stty raw -echo </dev/ttyS0
exec 3<>$control
say() { echo "$@" >&3; }

# The program runs under a shell that waits for it and tells its end.
start() {
  if [ -e /run/program.pid ]; then
    say "error running already"
    return
  fi
  [ -n "$1" ] || set -- "$PF_RUN"
  if [ -z "$1" ]; then
    say "error nothing to run"
    return
  fi
  rm -f /run/program.rc
  mkfifo /run/program.started
  (
    exec 3>&-
    eval "exec $1" >>"$PF_DIR/program.log" 2>&1 &
    pid=$!
    echo $pid >/run/program.pid
    echo $pid >/run/program.started
    wait $pid
    rc=$?
    echo $rc >/run/program.rc
    rm -f /run/program.pid
    echo "exited $rc" >$control
  ) &
  read -r pid </run/program.started
  rm -f /run/program.started
  say "ok $pid"
}

signal() {
  if [ -e /run/program.pid ] && kill "-$1" "$(cat /run/program.pid)"; then say ok; else say "error not running"; fi
}

status() {
  if [ -e /run/program.pid ]; then
    say "ok running $(cat /run/program.pid)"
  elif [ -e /run/program.rc ]; then
    say "ok exited $(cat /run/program.rc)"
  else
    say "ok idle"
  fi
}

driver() {
  if echo "$2" >"/sys/bus/platform/drivers/virtio-uml/$1"; then say ok; else say "error $1 $2"; fi
}

off() {
  verdict=${1:-$(cat /run/program.rc 2>/dev/null || echo 99)}
  echo "$verdict" >/proc/exitcode
  say "DONE $verdict"
  sync
  poweroff -f
}

say ready
while read -r order rest <&3; do
  case $order in
    start) start "$rest" ;;
    term) signal TERM ;;
    kill) signal KILL ;;
    status) status ;;
    bind | unbind) driver "$order" "$rest" ;;
    shell)
      eval "$rest"
      say "ok $?"
      ;;
    poweroff) off "$rest" ;;
    *) say "error unknown: $order" ;;
  esac
done
off
