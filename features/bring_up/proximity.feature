# The rating of the cable, from the resistor between PP and earth: of a socket, which has a lock as well.
@bring-up @operator @requires:board @requires:lock
Feature: Bring-up: the cable's rating

  Background:
    Given a charger whose outlet allows 80 A
    And nobody needs a token
    And a main fuse of 250 A

  @BU-PP-01
  Scenario Outline: A cable with <resistance> is rated <rating>
    When the driver plugs in with a PP resistor of <resistance>
    Then within 5 s the pilot carries a PWM
    And the cable rating is exactly <rating>
    And the pilot duty cycle is between <least> and <most>

    Examples:
      | resistance | rating | least  | most   |
      | 1100 ohm   | 13 A   | 21.5 % | 21.7 % |
      | 1500 ohm   | 13 A   | 21.5 % | 21.7 % |
      | 2460 ohm   | 13 A   | 21.5 % | 21.7 % |
      | 400 ohm    | 20 A   | 33.2 % | 33.4 % |
      | 680 ohm    | 20 A   | 33.2 % | 33.4 % |
      | 936 ohm    | 20 A   | 33.2 % | 33.4 % |
      | 164 ohm    | 32 A   | 53.2 % | 53.4 % |
      | 220 ohm    | 32 A   | 53.2 % | 53.4 % |
      | 308 ohm    | 32 A   | 53.2 % | 53.4 % |
      | 80 ohm     | 63 A   | 89.1 % | 89.3 % |
      | 100 ohm    | 63 A   | 89.1 % | 89.3 % |
      | 140 ohm    | 63 A   | 89.1 % | 89.3 % |

  @BU-PP-02
  Scenario Outline: <resistance> between two ratings counts as the lower one, <rating>
    When the driver plugs in with a PP resistor of <resistance>
    Then within 5 s the pilot carries a PWM
    And the cable rating is exactly <rating>

    Examples:
      | resistance | rating |
      | 150 ohm    | 32 A   |
      | 350 ohm    | 20 A   |
      | 1000 ohm   | 13 A   |
      | 3500 ohm   | 13 A   |

  @BU-PP-03
  Scenario Outline: A cable with <resistance> is none
    When the driver plugs in with a PP resistor of <resistance>
    Then the time until the fault ProximityFault is detected is at most 1 s
    When 10 s pass
    Then the number of contactor closings is exactly 0
    And the pilot carries no PWM

    Examples:
      | resistance |
      | 59 ohm     |
      | 4501 ohm   |

  @BU-PP-04 @timing
  Scenario: PP is watched for the whole session
    Given a car is connected and the contactor is closed
    When 10 s pass
    And the proximity wire breaks
    Then the time until the fault ProximityFault is detected is at most 100 ms
    And the time until the contactor opens is at most 100 ms
