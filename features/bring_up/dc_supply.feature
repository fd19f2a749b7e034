# The rectifier: as exact and as fast as IEC 61851-23 asks for, in any order of settings, and off when nobody speaks to it.
@bring-up @operator @energised @requires:dc
Feature: Bring-up: the DC supply

  Background:
    Given a charger with a DC supply

  @BU-DC-01
  Scenario: Set to the maximum, then switched on
    When the bench sets the DC supply to 1000 V and 5 A
    And 1 s pass
    And the bench switches the DC supply on
    Then the time until the supply voltage is between 990 V and 1010 V is at most 6 s
    And for 2 s the supply voltage stays between 990 V and 1010 V

  @BU-DC-02
  Scenario: Switched on, then set to the maximum
    When the bench switches the DC supply on
    And 1 s pass
    And the bench sets the DC supply to 1000 V and 5 A
    Then the time until the supply voltage is between 990 V and 1010 V is at most 6 s
    And for 2 s the supply voltage stays between 990 V and 1010 V

  @BU-DC-03
  Scenario Outline: The voltage is exact at <set>
    When the bench sets the DC supply to <set> and 5 A
    And the bench switches the DC supply on
    And 6 s pass
    Then the supply voltage is between <low> and <high>

    Examples:
      | set    | low   | high   |
      | 150 V  | 140 V | 160 V  |
      | 400 V  | 390 V | 410 V  |
      | 1000 V | 990 V | 1010 V |

  @BU-DC-04
  Scenario Outline: The current is exact at <set>
    Given a load of <load> at the DC supply
    When the bench sets the DC supply to 400 V and <set>
    And the bench switches the DC supply on
    And 6 s pass
    Then the supply current is between <low> and <high>

    Examples:
      | set  | load   | low    | high   |
      | 2 A  | 90 ohm | 1.5 A  | 2.5 A  |
      | 10 A | 20 ohm | 9.5 A  | 10.5 A |
      | 60 A | 4 ohm  | 59.1 A | 60.9 A |

  @BU-DC-05
  Scenario: From the minimum to the maximum without overshoot
    When the bench sets the DC supply to 150 V and 5 A
    And the bench switches the DC supply on
    And 3 s pass
    And the bench sets the DC supply to 1000 V and 5 A
    Then for 8 s the supply voltage stays at most 1010 V
    And the supply voltage is between 990 V and 1010 V

  @BU-DC-06
  Scenario: It reports at least once a second
    When the bench sets the DC supply to 1000 V and 5 A
    And the bench switches the DC supply on
    And 3 s pass
    Then the rate of supply readings is at least 1 Hz

  @BU-DC-07
  Scenario: Switched off at the minimum
    When the bench sets the DC supply to 150 V and 5 A
    And the bench switches the DC supply on
    And 3 s pass
    And the bench switches the DC supply off
    Then the time until the supply voltage is at most 10 V is at most 1 s

  @BU-DC-08
  Scenario: From the low range to the high one
    When the bench sets the DC supply to 400 V and 5 A
    And the bench switches the DC supply on
    And 3 s pass
    And the bench sets the DC supply to 900 V and 5 A
    Then the time until the supply voltage is between 890 V and 910 V is at most 5 s

  @BU-DC-09
  Scenario: Nobody speaks to it any more: off
    When the bench sets the DC supply to 500 V and 5 A
    And the bench switches the DC supply on
    And 3 s pass
    Then the supply voltage is between 490 V and 510 V
    When the DC supply is lost
    Then the time until the supply voltage is at most 60 V is between 10 s and 20 s
