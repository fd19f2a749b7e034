# The monitor of residual direct current.
@bring-up @operator @requires:board @energised
Feature: Bring-up: residual current

  Background:
    Given a charger where nobody needs a token

  @BU-RC-01 @timing
  Scenario: It trips at 6 mA at the latest
    Given a car is charging
    When a residual current rises by 0.1 mA every 500 ms until the contactor opens
    Then the residual current is between 5 mA and 6 mA
    And the time until the contactor opens is at most 100 ms
    And the time until the fault ResidualCurrent is detected is at most 100 ms
    And the fault ResidualCurrent has the number MREC 2

  @BU-RC-02
  Scenario: It is forgotten with the plug, not before
    Given a car is charging
    When a residual current of 6 mA flows
    Then within 100 ms the contactor opens
    When the residual current is gone
    And 10 s pass
    Then the number of contactor closings is exactly 0
    When the driver unplugs
    Then the time until the fault ResidualCurrent is cleared is at most 1 s
