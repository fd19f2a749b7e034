# What the charger makes of the level that the car sets.
@bring-up @operator @requires:board
Feature: Bring-up: the states of the control pilot

  Background:
    Given a charger where nobody needs a token

  @BU-CP-11
  Scenario Outline: A car with <resistance> is in state <state> and nowhere else
    Given the car's resistor for state <state> is <resistance>
    When the driver plugs in
    Then the time until the pilot is in state <state> is at most 5 s
    When 10 s pass
    Then the pilot is in state <state>
    And the number of detected faults is exactly 0

    Examples:
      | state | resistance |
      | B     | 1870 ohm   |
      | B     | 2740 ohm   |
      | B     | 4610 ohm   |
      | C     | 909 ohm    |
      | C     | 1300 ohm   |
      | C     | 1723 ohm   |

  @BU-CP-12 @soak
  Scenario Outline: For hours there is no other state than <state> at <resistance>
    Given the CSMS limits the charger to 5 A
    And the car's resistor for state <state> is <resistance>
    When the driver plugs in
    And 10 s pass
    Then the pilot is in state <state>
    When a new window begins
    And 2 h pass
    Then the pilot is in state <state>
    And the number of pilot state changes is exactly 0

    Examples:
      | state | resistance |
      | B     | 1870 ohm   |
      | B     | 4610 ohm   |
      | C     | 909 ohm    |
      | C     | 1723 ohm   |

  @BU-CP-13
  Scenario: The state is stable at 5 % duty
    Given a charger that offers digital communication first
    And the car waits before it asks for energy
    When the driver plugs in
    And 2 s pass
    Then the pilot duty cycle is between 4.9 % and 5.1 %
    When a new window begins
    And 15 s pass
    Then the number of pilot state changes is exactly 0

  @BU-CP-13
  Scenario: The state is stable at 95 % duty
    Given a charger whose outlet allows 80 A
    And the charger has a fixed cable
    And a main fuse of 250 A
    And the CSMS limits the charger to 77.5 A
    And a car is connected and the contactor is closed
    Then the pilot duty cycle is between 94.9 % and 95.1 %
    When 60 s pass
    Then the number of pilot state changes is exactly 0

  @BU-CP-14 @timing
  Scenario: The filter takes at most 50 ms
    Given a car is connected and the contactor is closed
    When the car stops asking for energy
    Then the time until the pilot is in state B is at most 50 ms

  @BU-CP-15 @timing
  Scenario Outline: State E: <cause>
    Given a car is connected and the contactor is closed
    When <cause>
    Then the time until the contactor opens is at most 100 ms
    And the time until the pilot carries no PWM is at most 100 ms
    And for 1 s the pilot duty cycle stays exactly 0 %
    And the time until the fault PilotShort is detected is at most 100 ms
    And for 5 s the contactor stays open
    When the short to earth is gone
    And 5 s pass
    Then the contactor is open
    When the driver unplugs
    Then the time until the fault PilotShort is cleared is at most 1 s

    Examples:
      | cause                                                  |
      | the control pilot is shorted to earth                  |
      | the control pilot is shorted to earth behind the diode |

  @BU-CP-16 @timing
  Scenario: A shorted diode is found, and forgotten in state A
    Given a car is connected and the contactor is closed
    When the diode in the car is shorted
    Then the time until the fault DiodeFault is detected is at most 100 ms
    And the time until the contactor opens is at most 100 ms
    When the diode in the car is mended
    And 5 s pass
    Then the number of contactor closings is exactly 0
    When the driver unplugs
    Then the time until the fault DiodeFault is cleared is at most 1 s

  @BU-CP-17 @timing
  Scenario Outline: While connected, <cause>: no power
    Given a car is connected and the contactor is closed
    When <cause>
    Then the time until the contactor opens is at most 100 ms
    When 10 s pass
    Then the number of contactor closings is exactly 0

    Examples:
      | cause                       |
      | the protective earth breaks |
      | the pilot wire breaks       |

  @BU-CP-18
  Scenario Outline: A pulse of C of <length> is reported
    Given a charger that asks for a token
    When the driver plugs in
    And 2 s pass
    And the car pulses C for <length>
    Then the time until the pilot is in state C is at most 50 ms
    And 1 s later
    And the number of reports of state C is exactly 1
    And the number of contactor closings is exactly 0

    Examples:
      | length |
      | 200 ms |
      | 100 ms |
      | 50 ms  |

  @BU-CP-19
  Scenario: A car that sleeps in B gets one pulse of X-F-X, and counts as pausing
    Given the car waits before it asks for energy
    When the driver plugs in
    Then the time from the pilot carries a PWM until the pilot signal is F is between 30 s and 31 s
    And the time from the pilot signal is F until the pilot carries a PWM is at most 5 s
    And the time until the session event ChargingPausedEV is seen is at most 120 s
    And the number of pulses of state F is exactly 1
    When a new window begins
    And 60 s pass
    Then the number of pulses of state F is exactly 0
    And the pilot carries a PWM
