# Cars and cables that are not as a manual draws them.
Feature: Cars and cables of all kinds

  Background:
    Given a charger where nobody needs a token

  @CP-11
  Scenario Outline: A car that pauses <times> times for <each> is seen as often
    Given a car is charging
    When the car pauses and asks again <times> times, <each> each
    Then the pilot is in state C
    And the number of pilot state changes is exactly <changes>

    Examples:
      | times | each   | changes |
      | 1     | 120 ms | 2       |
      | 20    | 120 ms | 40      |
      | 3     | 2 s    | 6       |

  @CP-07
  Scenario: A car that obeys each change of the offer after 4.5 s
    Given the car follows each change of the offer after 4500 ms
    And a car is charging
    When the CSMS sets a profile of 30 A
    And 3 s pass
    And the CSMS sets a profile of 29 A
    Then for 1400 ms the car draws at least 31.9 A
    And within 200 ms the car draws 30 A
    And for 2700 ms the car draws at least 29.9 A
    And within 300 ms the car draws 29 A

  Scenario: A car that loads its lines unevenly
    Given the CSMS limits the charger to 16 A
    And a car is charging
    When the car draws at most 6 A on L2
    And the car draws at most 6 A on L3
    And 10 s pass
    Then the car current is between 15.9 A and 16 A
    And the meter power is between 6 kW and 6.5 kW
    When the car draws what is offered
    And 10 s pass
    Then the meter power is at least 10 kW

  @CP-26
  Scenario: Too much on one line is too much
    Given the CSMS limits the charger to 6 A
    And a car is charging
    When the car draws 10 A on L3
    Then within 7500 ms the fault OverCurrent is detected
    And within 100 ms the contactor opens

  @CP-33
  Scenario: The cable is pulled out of the car only, and pushed in again
    Given a car is charging
    When the driver pulls the cable out of the car, and leaves it in the socket
    Then within 100 ms the contactor opens
    And within 1 s the session event SessionFinished is seen
    And for 5 s no fault is detected
    When 5 s pass
    And the driver pushes the cable into the car again
    Then within 10 s the contactor closes

  @CP-20
  Scenario: A cable whose resistor changes to a smaller rating in mid session
    Given a car is charging
    When the cable's resistor becomes 680 ohm
    Then within 2 s the pilot duty is 33.3 %
    And within 10 s the car draws 20 A

  @CP-32
  Scenario: Eight pauses of a minute, one like the other
    Given a car is charging
    When 8 times:
      """
      When the car stops asking for energy
      Then within 100 ms the contactor opens
      When 1 min pass
      And the car asks for energy
      Then within 3 s the contactor closes
      And within 1 s the session event SessionResumed is seen
      """
    Then the session event SessionStarted was seen exactly once
    And the session event SessionResumed was seen 8 times

  @CP-15
  Scenario: One cause is one fault
    Given a car is charging
    When the control pilot is shorted to earth
    And 2 s pass
    Then the fault DiodeFault is not detected
    And for 5 s the fault ContactorWelded is not detected
    And the number of detected faults is exactly 1

  Scenario: Waiting does not hide what has happened
    Given a car is charging
    When the car stops asking for energy
    And 10 s pass
    And 1 min pass
    Then the number of contactor openings is exactly 1
    When a new window begins
    And 1 min pass
    Then the number of contactor openings is exactly 0

  @OC-03
  Scenario: The end of a transaction is told in time, however late somebody looks
    Given a car is charging
    When the CSMS requests a stop
    And 1 min pass
    Then the CSMS received TransactionEvent no later than 10 s where
      | eventType                     | Ended  |
      | transactionInfo.stoppedReason | Remote |
    When the driver unplugs
    Then the CSMS received StatusNotification no later than 5 s where
      | connectorStatus | Available |
