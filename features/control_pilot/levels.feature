# What the pilot line shows, from the plug to the state, and from the limit to the duty.
Feature: Pilot levels and duty

  Background:
    Given a charger where nobody needs a token

  @CP-01
  Scenario: An idle pilot is steady at +12 V
    When 2 s pass
    Then the pilot is in state A
    And the high pilot level is between 11.4 V and 12.6 V
    And the pilot carries no PWM

  @CP-02
  Scenario: A disabled outlet is steady at -12 V
    When the power board is disabled
    And 1 s pass
    Then the high pilot level is between -12.6 V and -11.4 V

  @CP-03
  Scenario: The low plateau of the PWM is at -12 V
    When the driver plugs in
    Then within 5 s the pilot carries a PWM
    And the low pilot level is between -12.6 V and -11.4 V

  @CP-05
  Scenario Outline: The state follows the resistor in the car: <resistance> is <state>
    Given the car's resistor for state <kind> is <resistance>
    When the driver plugs in
    Then within 5 s the pilot is in state <state>
    And for 5 s the pilot is never in state E

    Examples:
      | kind | resistance | state |
      | B    | 1870 ohm   | B     |
      | B    | 2740 ohm   | B     |
      | B    | 4610 ohm   | B     |
      | C    | 909 ohm    | C     |
      | C    | 1300 ohm   | C     |
      | C    | 1723 ohm   | C     |

  @CP-06
  Scenario Outline: A limit of <limit> is a duty of <duty>
    Given a charger whose outlet allows <outlet>
    And the charger has a fixed cable
    And a main fuse of 250 A
    And the CSMS limits the charger to <limit>
    When the driver plugs in
    Then within 5 s the pilot duty is <duty>

    Examples:
      | limit | outlet | duty   |
      | 6 A   | 32 A   | 10.0 % |
      | 10 A  | 32 A   | 16.6 % |
      | 16 A  | 32 A   | 26.6 % |
      | 32 A  | 32 A   | 53.3 % |
      | 51 A  | 80 A   | 85.0 % |
      | 63 A  | 80 A   | 89.2 % |
      | 80 A  | 80 A   | 96.0 % |

  @CP-06
  Scenario: Below 6 A there is no duty and no charging
    Given the CSMS limits the charger to 5 A
    When the driver plugs in
    Then for 60 s the contactor stays open
    And the pilot carries no PWM

  @CP-20
  Scenario Outline: A cable with <resistance> is rated <rating>
    Given a charger whose outlet allows 80 A
    And a main fuse of 250 A
    When the driver plugs in with a PP resistor of <resistance>
    Then within 5 s the pilot duty is <duty>

    Examples:
      | resistance | rating | duty   |
      | 1100 ohm   | 13 A   | 21.6 % |
      | 1500 ohm   | 13 A   | 21.6 % |
      | 2460 ohm   | 13 A   | 21.6 % |
      | 400 ohm    | 20 A   | 33.3 % |
      | 680 ohm    | 20 A   | 33.3 % |
      | 936 ohm    | 20 A   | 33.3 % |
      | 220 ohm    | 32 A   | 53.3 % |
      | 308 ohm    | 32 A   | 53.3 % |
      | 100 ohm    | 63 A   | 89.2 % |
      | 350 ohm    | 20 A   | 33.3 % |

  @CP-20
  Scenario Outline: A cable with <resistance> is no cable
    When the driver plugs in with a PP resistor of <resistance>
    Then within 2 s the fault ProximityFault is detected
    And for 30 s the contactor stays open

    Examples:
      | resistance |
      | 40 ohm     |
      | 5000 ohm   |
