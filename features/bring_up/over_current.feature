# A car that takes more than it is offered, and a contactor that does not open.
@bring-up @operator @requires:board
Feature: Bring-up: over-current and welding

  Background:
    Given a charger where nobody needs a token

  @BU-OC-01 @energised
  Scenario: 10 A at a limit of 6 A: off after 7 s, not before
    Given the CSMS limits the charger to 6 A
    And a car is charging
    Then the pilot duty cycle is between 9.9 % and 10.1 %
    When the car draws 10 A whatever is offered
    Then the time until the contactor opens is between 7 s and 7.5 s
    And the fault OverCurrent has the number MREC 4

  @BU-OC-02 @energised
  Scenario: 10 A at a limit of 6 A for less than 7 s: nothing
    Given the CSMS limits the charger to 6 A
    And a car is charging
    When the car draws 10 A whatever is offered
    And 6900 ms pass
    And the car draws what is offered
    And 10 s pass
    Then the contactor is closed
    And the number of detected faults is exactly 0

  @BU-OC-03 @energised
  Scenario: Less than 10 % and 0.5 A too much: nothing
    Given the CSMS limits the charger to 6 A
    And a car is charging
    When the car draws 7 A whatever is offered
    And 30 s pass
    Then the car current is between 6.9 A and 7.1 A
    And the number of contactor openings is exactly 0
    And the number of detected faults is exactly 0

  @BU-WD-01 @requires:lock
  Scenario: A welded contactor is told once, stirs up no storm, and keeps the plug held
    Given a car is connected and the contactor is closed
    When the contactor welds
    And the car stops asking for energy
    Then the time until the fault ContactorWelded is detected is at most 1 s
    And the fault ContactorWelded has the number MREC 17
    And for 30 s the lock holds the plug
    And the number of detected faults is exactly 1
    And the number of permissions is exactly 0
    And the number of refusals of power is at most 1
