# The PWM as an oscilloscope sees it at the charger's terminals.
@bring-up @operator @requires:board
Feature: Bring-up: the PWM of the control pilot

  Background:
    Given a charger where nobody needs a token

  @BU-CP-03
  Scenario: The PWM for digital communication, in state B
    Given a charger that offers digital communication first
    And the car waits before it asks for energy
    When the driver plugs in
    Then within 2 s the pilot carries a PWM
    And the pilot is in state B
    And the pilot frequency is between 980 Hz and 1020 Hz
    And the pilot high time is between 49 us and 51 us
    And the pilot low level is between -12.6 V and -11.4 V

  @BU-CP-04
  Scenario Outline: The PWM for <limit>, in state B
    Given a charger whose outlet allows 80 A
    And the charger has a fixed cable
    And a main fuse of 250 A
    And the car waits before it asks for energy
    And the CSMS limits the charger to <limit>
    When the driver plugs in
    Then within 5 s the pilot carries a PWM
    And the pilot frequency is between 980 Hz and 1020 Hz
    And the pilot high time is between <shortest> us and <longest> us
    And the pilot low level is between -12.6 V and -11.4 V

    Examples:
      | limit | shortest | longest |
      | 6 A   | 99       | 101     |
      | 32 A  | 532      | 534     |
      | 80 A  | 959      | 961     |

  @BU-CP-05
  Scenario: Flanks in state B
    Given the car waits before it asks for energy
    When the driver plugs in
    Then within 5 s the pilot carries a PWM
    And the pilot rise time is at most 10 us
    And the pilot fall time is at most 13 us

  @BU-CP-06
  Scenario: Flanks in state C
    Given a car is connected and the contactor is closed
    Then the pilot is in state C
    And the pilot rise time is at most 7 us
    And the pilot fall time is at most 13 us

  @BU-CP-07
  Scenario: The resistance of the source
    Given the car waits before it asks for energy
    When the driver plugs in
    And 5 s pass
    Then the pilot source resistance is between 970 ohm and 1030 ohm

  @BU-CP-08
  Scenario Outline: A limit of <limit> is a duty between <least> and <most>
    Given a charger whose outlet allows 80 A
    And the charger has a fixed cable
    And a main fuse of 250 A
    And the car waits before it asks for energy
    And the CSMS limits the charger to <limit>
    When the driver plugs in
    Then within 5 s the pilot carries a PWM
    And the pilot duty cycle is between <least> and <most>

    Examples:
      | limit | least  | most   |
      | 6 A   | 9.9 %  | 10.1 % |
      | 10 A  | 16.5 % | 16.7 % |
      | 16 A  | 26.5 % | 26.7 % |
      | 32 A  | 53.2 % | 53.4 % |
      | 51 A  | 84.9 % | 85.1 % |
      | 63 A  | 89.1 % | 89.3 % |
      | 80 A  | 95.9 % | 96.1 % |

  @BU-CP-09
  Scenario Outline: A limit of <limit> is no duty between 5 % and 10 %, but none at all
    Given the car waits before it asks for energy
    And the CSMS limits the charger to <limit>
    When the driver plugs in
    And 2 s pass
    Then for 10 s the pilot duty cycle stays exactly 0 %

    Examples:
      | limit |
      | 0 A   |
      | 3.5 A |
      | 5.9 A |

  @BU-CP-10
  Scenario: Digital communication has 5 % whatever the limit
    Given a charger that offers digital communication first
    And the car waits before it asks for energy
    And the CSMS limits the charger to 16 A
    When the driver plugs in
    Then within 2 s the pilot carries a PWM
    And for 10 s the pilot duty cycle stays between 4.9 % and 5.1 %
