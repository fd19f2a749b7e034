# A charger that starts while a car is there.
@bring-up @operator @requires:board
Feature: Bring-up: restart

  Background:
    Given a charger where nobody needs a token

  @BU-RS-01
  Scenario: The host starts with a car in B
    Given the car waits before it asks for energy
    And the charger's host is dead
    When the driver plugs in
    And 10 s pass
    And the charger's host starts again
    Then the time until the session event SessionStarted is seen is at most 10 s
    And the pilot is in state B
    When 10 s pass
    And the car asks for energy
    Then the time until the contactor closes is at most 15 s

  @BU-RS-02
  Scenario: The host starts with a car that asks for energy
    Given the car asks for energy with the plug
    And the charger's host is dead
    When the driver plugs in
    And 10 s pass
    Then the contactor is open
    When the charger's host starts again
    Then the time until the session event SessionStarted is seen is at most 10 s
    And the time until the contactor closes is at most 15 s
    And the number of sessions is exactly 1

  @BU-RS-03 @energised
  Scenario: Charging goes on after a blackout
    Given a car is charging
    When the mains are gone for 60 s
    And the charger's host dies
    And 60 s pass
    And the charger's host starts again
    Then the time until the contactor closes is at most 20 s
    When 20 s pass
    Then the meter power is at least 1 kW
