# What opens the contactor, by its physical cause.
Feature: Faults at the pilot, the cable and the contactor

  Background:
    Given a charger where nobody needs a token

  @CP-15
  Scenario: A pilot shorted to earth is state E
    Given a car is charging
    When the control pilot is shorted to earth
    Then within 100 ms the contactor opens
    And within 100 ms the fault PilotShort is detected
    And within 1 s the pilot carries no PWM
    And within 1 s the connector is Faulted

  @CP-15
  Scenario: A short behind the diode is state E as well
    Given a car is charging
    When the control pilot is shorted to earth behind the diode
    Then within 100 ms the contactor opens
    And within 100 ms the fault PilotShort is detected

  @CP-16
  Scenario: A shorted diode is found, and forgotten with the plug
    Given a car is charging
    When the diode in the car is shorted
    Then within 100 ms the contactor opens
    And within 100 ms the fault DiodeFault is detected
    When the diode in the car is mended
    And 10 s pass
    Then the contactor is open
    When the driver unplugs
    Then within 1 s the fault DiodeFault is cleared
    And within 1 s the connector is Available

  @CP-17
  Scenario Outline: While charging, <cause>
    Given a car is charging
    When <cause>
    Then within 100 ms the contactor opens
    And for 30 s the contactor stays open

    Examples:
      | cause                       |
      | the protective earth breaks |
      | the pilot wire breaks       |
      | the proximity wire breaks   |
      | the diode in the car breaks |

  @CP-19 @FS-06
  Scenario: A residual current of 6 mA opens the contactor and it stays open until the plug is out
    Given a car is charging
    When a residual current of 5.9 mA flows
    Then for 5 s the contactor stays closed
    When a residual current of 6 mA flows
    Then within 100 ms the contactor opens
    And within 100 ms the fault ResidualCurrent is detected
    And within 1 s the CSMS received TransactionEvent where
      | eventType                     | Ended             |
      | triggerReason                 | AbnormalCondition |
      | transactionInfo.stoppedReason | GroundFault       |
    When the residual current is gone
    Then for 60 s the contactor stays open
    When the driver unplugs
    And 2 s pass
    And the driver plugs in
    Then within 10 s the contactor closes

  @CP-23
  Scenario: A welded contactor is found, told once, and keeps the plug locked
    Given a car is charging
    When the contactor welds
    And the car stops asking for energy
    Then within 1 s the fault ContactorWelded is detected
    And within 2 s the connector is Faulted
    And for 30 s the lock holds the plug

  Scenario: A contactor that does not close is told
    Given the contactor does not close
    When the driver plugs in
    Then within 10 s the fault ContactorFailedToClose is detected
    And for 30 s the contactor stays open

  Scenario: A contactor that falls open is told
    Given a car is charging
    When the contactor falls open
    Then within 100 ms the fault ContactorOpenedByItself is detected
    And within 1 s the connector is Faulted

  @CP-26
  Scenario: A car that takes too much is cut off after seven seconds and not before
    Given the CSMS limits the charger to 6 A
    And a car is charging
    When the car draws 10 A whatever is offered
    Then for 6900 ms the contactor stays closed
    And within 300 ms the contactor opens
    And within 1 s the fault OverCurrent is detected
    And within 2 s the CSMS received TransactionEvent where
      | eventType                     | Ended            |
      | transactionInfo.stoppedReason | OvercurrentFault |
    When 5 s pass
    Then the CSMS received exactly 1 NotifyEvent where
      | eventData.0.techCode | OverCurrent |

  @CP-26
  Scenario: A little too much is tolerated
    Given the CSMS limits the charger to 6 A
    And a car is charging
    When the car draws 7 A whatever is offered
    Then for 60 s the contactor stays closed

  @CP-22
  Scenario: The plug is freed strictly after the contactor opened
    Given a car is charging
    Then within 1 s the lock holds the plug
    When the CSMS requests a stop
    Then within 10 s the contactor opens
    And the plug was never free under power
