# The contactor: when it closes, when it opens, and that the board tells the truth about it.
@bring-up @operator @requires:board
Feature: Bring-up: the contactor

  Background:
    Given a charger where nobody needs a token

  @BU-RL-01
  Scenario: Power is permitted first, then the car asks: it closes
    Given the car waits before it asks for energy
    When the driver plugs in
    And 5 s pass
    Then the number of contactor closings is exactly 0
    When the car asks for energy
    Then the time from the pilot is in state C until the contactor closes is at most 3 s
    And the time from the pilot is in state C until the board reports the contactor closed is at most 300 ms

  @BU-RL-02 @requires:rfid
  Scenario: The car asks first, then power is permitted: it closes
    Given a charger that asks for a token
    And the car asks for energy with the plug
    When the driver plugs in
    And 5 s pass
    Then the pilot is in state C
    And the number of contactor closings is exactly 0
    When the card 04CA2D01 is held to the reader
    Then the time from power is permitted until the board reports the contactor closed is at most 300 ms
    And the time from power is permitted until the contactor closes is at most 1 s

  @BU-RL-03 @timing
  Scenario: From state C to closed contacts in the board alone
    Given the car waits before it asks for energy
    When the driver plugs in
    And 5 s pass
    And the car asks for energy
    Then the time from the pilot is in state C until the contactor closes is at most 100 ms

  @BU-RL-04
  Scenario: One report for each switching, and the true one
    Given a car is connected and the contactor is closed
    When the car pauses and asks again 5 times, 4 s each
    Then the number of contactor openings is exactly 5
    And the number of reported openings is exactly 5
    And the number of contactor closings is exactly 5
    And the number of reported closings is exactly 5
    And the contactor is closed

  @BU-RL-05 @timing
  Scenario: The car goes back to B: it opens
    Given a car is connected and the contactor is closed
    When the car stops asking for energy
    Then the time until the contactor opens is at most 100 ms

  @BU-RL-06 @timing
  Scenario: The plug is pulled: it opens
    Given a charger where nobody needs a token
    And the charger has a fixed cable
    And a car is connected and the contactor is closed
    When the driver unplugs
    Then the time until the contactor opens is at most 100 ms

  @BU-RL-07 @timing
  Scenario: Power is withdrawn: it opens
    Given a car is connected and the contactor is closed
    When the charger's host is told to end
    Then the time from power is withdrawn until the contactor opens is at most 50 ms

  @BU-RL-08 @timing
  Scenario: The board is disabled: it opens
    Given a car is connected and the contactor is closed
    When the power board is disabled
    Then the time until the contactor opens is at most 50 ms

  @BU-RL-09
  Scenario: The car asks again: it closes again
    Given a car is connected and the contactor is closed
    When the car stops asking for energy
    Then the time until the contactor opens is at most 100 ms
    When 10 s pass
    And the car asks for energy
    Then the time from the pilot is in state C until the contactor closes is at most 3 s

  @BU-RL-10 @requires:lock
  Scenario: The plug is freed after the contactor has opened, not before
    Given a car is connected and the contactor is closed
    When the CSMS requests a stop
    Then the time from the contactor opens until the lock frees the plug is at least 0 ms
    And the plug was never free under power

  @BU-RL-11
  Scenario: A car that stays in C without a PWM is cut off after 6 s, not before
    Given a car is charging that ignores the PWM
    When the CSMS limits the charger to 0 A
    Then the time from the pilot carries no PWM until the contactor opens is between 6 s and 6.1 s
