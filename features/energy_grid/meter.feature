# SmartEVSE-3 62, serkri/SmartEVSE-3 247, evcc PR 30592, lbbrhzn/ocpp 1756: registers that stand still, fall, or show zero for
# a second. What cannot be is not billed; what lasts is a trouble.
Feature: The meter that is billed by

  Background:
    Given a charger where nobody needs a token

  Scenario: A meter that answers with the same values again and again
    Given a car is charging
    When 2 min pass
    And the meter is stuck
    Then within 60 s the fault MeterImplausible is detected
    And the fault says "stands still"
    And within 1 s the contactor opens
    And within 5 s the CSMS received TransactionEvent where
      | eventType     | Ended             |
      | triggerReason | AbnormalCondition |
    And the last transaction is billed between 600 Wh and 900 Wh
    And the energy told to the CSMS never falls
    And within 1 s the connector is Faulted
    And for 30 min the contactor stays open

  Scenario: A stuck meter of a small car is found within a minute too
    Given the car "phev-16"
    And a car is charging
    When the CSMS sets a profile of 6 A
    And 2 min pass
    And the meter is stuck
    Then within 60 s the fault MeterImplausible is detected

  Scenario: A meter that was stuck and counts again is believed
    Given a car is charging
    When the meter is stuck
    Then within 60 s the fault MeterImplausible is detected
    When the meter is back
    Then within 20 s the fault MeterImplausible is cleared

  Scenario: A register stands still all night, because nothing flows
    Given a car is charging
    When the car stops asking for energy
    And 8 h pass
    Then for 1 s no fault is detected
    When the car asks for energy
    Then within 5 s the contactor closes
    And for 10 min no fault is detected

  Scenario: A car that draws next to nothing is no meter that stands still
    Given a car is charging
    When the car draws 0.2 A whatever is offered
    Then for 2 h no fault is detected

  @OC-08
  Scenario: A zero for two seconds in the middle of it is neither billed nor a trouble
    Given a meter value every 1 s
    And a car is charging
    When 60 s pass
    And the meter shows 0 Wh for 2 s
    Then for 60 s no fault is detected
    And the contactor is closed
    When the driver unplugs
    And 5 s pass
    Then the meter stop is the register of the meter
    And the energy told to the CSMS never falls

  Scenario: A zero at the moment of the end does not end in nothing
    Given a car is charging
    When 60 s pass
    And the meter shows 0 Wh for 2 s
    And the driver unplugs
    And 5 s pass
    Then the last transaction is billed between 300 Wh and 600 Wh

  Scenario: A zero at the moment of the beginning is not where the bill begins
    When the meter shows 0 Wh for 3 s
    And the driver plugs in
    And 2 min pass
    And the driver unplugs
    And 5 s pass
    Then the meter stop is the register of the meter

  Scenario: A meter that begins again at zero ends the transaction at its last true reading
    Given a car is charging
    When 60 s pass
    And the meter's register falls by 2000 kWh
    Then within 5 s the fault MeterImplausible is detected
    And the fault says "a register of the meter fell from"
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the last transaction is billed between 300 Wh and 600 Wh
    And within 20 s the fault MeterImplausible is cleared
    When the driver unplugs
    And 5 s pass
    And the driver plugs in
    And 60 s pass
    And the driver unplugs
    And 5 s pass
    Then the last transaction is billed between 200 Wh and 400 Wh
    And for 1 s no fault is detected

  Scenario Outline: A register that jumps by <jump> is not billed
    Given a car is charging
    When 60 s pass
    And the meter's register jumps by <jump>
    Then within 5 s the fault MeterImplausible is detected
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the last transaction is billed between 300 Wh and 600 Wh
    And the energy told to the CSMS never falls

    Examples:
      | jump   |
      | 5 kWh  |
      | -5 kWh |
      | 900 kWh |

  Scenario: A register that jumps while the car makes a long pause is not billed either
    Given a car is charging
    When 60 s pass
    And the car stops asking for energy
    And 3 h pass
    And the meter's register jumps by 5 kWh
    Then within 5 s the fault MeterImplausible is detected
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the last transaction is billed between 300 Wh and 600 Wh

  Scenario: A register that jumps while nobody is there is told, and the next bill is right
    When 10 s pass
    And the meter's register jumps by -5 kWh
    Then within 5 s the fault MeterImplausible is detected
    And within 20 s the fault MeterImplausible is cleared
    When the driver plugs in
    And 60 s pass
    And the driver unplugs
    And 5 s pass
    Then the last transaction is billed between 200 Wh and 400 Wh

  Scenario Outline: <which> the wrong way round
    Given a car is charging
    When 60 s pass
    And the meter's <which> the wrong way round
    Then within 60 s the fault MeterImplausible is detected
    And the fault says "the wrong way round"
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the energy told to the CSMS never falls

    Examples:
      | which                |
      | transformers are     |
      | transformer of L2 is |

  @EG-08
  Scenario: A meter that is gone is missed within four seconds, and what it showed last is the bill
    Given a car is charging
    When 60 s pass
    And the meter is lost
    Then within 4 s the fault MeterLost is detected
    And within 1 s the contactor opens
    When the driver unplugs
    And 5 s pass
    Then the last transaction is billed between 300 Wh and 600 Wh

  @EG-08
  Scenario: A meter that is missed for a second or two is no trouble
    Given a car is charging
    When the meter answers with bad checksums
    And 1500 ms pass
    And the meter is back
    Then for 10 s no fault is detected
    And the contactor is closed
