# The meter at the outlet.
@bring-up @operator @requires:board @requires:meter @energised
Feature: Bring-up: the meter

  Background:
    Given a charger where nobody needs a token
    And a meter value every 1 s

  @BU-MT-01
  Scenario: A reading every second
    Given a car is charging
    When 30 s pass
    Then the rate of meter values is at least 1 Hz

  @BU-MT-02
  Scenario: A transaction begins and ends with a reading, soon
    When the driver plugs in
    Then the time from the session event TransactionStarted is seen until the CSMS is told Started is at most 3 s
    When 30 s pass
    And the CSMS requests a stop
    Then the time from the contactor opens until the CSMS is told Ended is at most 3 s
    And the meter stop is the register of the meter

  @BU-MT-03
  Scenario: Energy flows to the car, and everybody counts the same
    Given a car is charging
    Then the meter power is at least 1 kW
    When 2 min pass
    Then the meter energy is at least 100 Wh
    # What the CSMS knows of a car that draws is as old as the last value; at the end all of them stand still.
    When the CSMS requests a stop
    Then within 10 s the contactor opens
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the energy gap is at most 0.5 %
