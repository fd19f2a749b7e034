# A board without an ammeter cannot see what the car takes: the charger's meter can.
Feature: A car that takes too much at a board without an ammeter

  Background:
    Given a charger where nobody needs a token
    And the power board has no ammeter
    And a car is charging

  @CP-26
  Scenario: It is found by the meter after seven seconds, and told as a board tells it
    When the CSMS sets a profile of 16 A
    And 20 s pass
    And the car draws 20 A whatever is offered
    Then for 6900 ms the contactor stays closed
    And within 1500 ms the fault OverCurrent is detected
    And the fault OverCurrent has the number MREC 4
    And within 100 ms the contactor opens
    And within 3 s the CSMS received TransactionEvent where
      | eventType                     | Ended            |
      | transactionInfo.stoppedReason | OvercurrentFault |
    And within 1 s the connector is Faulted
    When the driver unplugs
    Then within 1 s the fault OverCurrent is cleared
    And within 3 s the connector is Available

  @CP-26
  Scenario: A low reading now and then does not begin it again
    When the CSMS sets a profile of 16 A
    And 20 s pass
    And the car draws 25 A whatever is offered
    And 3 s pass
    And the car draws 10 A whatever is offered
    And 1 s pass
    And the car draws 25 A whatever is offered
    Then within 8 s the fault OverCurrent is detected

  @CP-26
  Scenario: A lower offer that is not followed is found at the latest thirteen seconds later
    When the car draws 30 A whatever is offered
    And 10 s pass
    And the CSMS sets a profile of 16 A
    Then for 10 s the contactor stays closed
    And within 4 s the fault OverCurrent is detected

  @CP-26
  Scenario: One line is enough
    When the CSMS sets a profile of 16 A
    And 20 s pass
    And the car draws 20 A on L3
    Then within 9 s the fault OverCurrent is detected

  Scenario Outline: A car that lets go for a moment, again and again, is found out: <amps> for <on>
    When the CSMS sets a profile of 10 A
    And 20 s pass
    And 12 times:
      """
      When the car draws <amps> whatever is offered
      And <on> pass
      And the car stops asking for energy
      And 1200 ms pass
      And the car asks for energy
      And 1 s pass
      """
    Then the contactor is open
    And within 1 s the connector is Faulted

    Examples:
      | amps | on   |
      | 32 A | 5 s  |
      | 20 A | 6 s  |
