# The insulation monitor, at 500 V.
@bring-up @operator @energised @requires:dc @requires:imd
Feature: Bring-up: the insulation monitor

  Background:
    Given a charger with a DC supply
    And the bench sets the DC supply to 500 V and 1 A
    And the bench switches the DC supply on

  @BU-IM-01
  Scenario: It sees the voltage, and nothing leaks
    When 6 s pass
    Then the insulation voltage is between 490 V and 510 V
    And the insulation resistance is at least 1000 kohm

  @BU-IM-02
  Scenario Outline: It reacts to 100 kohm from DC <line> to earth
    When 6 s pass
    And 100 kohm leaks from DC <line> to earth
    Then the time until the insulation resistance is between 85 kohm and 115 kohm is at most 10 s

    Examples:
      | line  |
      | minus |
      | plus  |

  @BU-IM-03
  Scenario: It reports at least once a second
    When 2 s pass
    And the bench sets the DC supply to 900 V and 1 A
    And 1500 ms pass
    Then the rate of insulation readings is at least 1 Hz

  @BU-IM-04
  Scenario: It tests itself under voltage
    When 6 s pass
    And the bench has the insulation monitor test itself
    Then the time until the insulation monitor has tested itself is at most 10 s

  @BU-IM-05
  Scenario: Stopped, it gives no more values
    When 6 s pass
    And the bench stops the insulation monitor
    And 2 s pass
    And 100 kohm leaks from DC minus to earth
    And 10 s pass
    Then the number of insulation values is exactly 0
    When the bench starts the insulation monitor
    Then the time until the insulation resistance is between 85 kohm and 115 kohm is at most 10 s
