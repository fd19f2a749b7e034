# What outlives the host, the power board, and both: in hours where the rigs have only seconds.
Feature: Restarts

  Scenario: A host that comes back within two minutes goes on, and the bill is one
    Given a charger that asks for a token
    And a car is charging
    When 30 min pass
    And the charger's host dies
    And 100 s pass
    And the charger's host starts again
    Then within 5 s the session event TransactionResumed is seen
    And within 10 s the contactor closes
    When 30 min pass
    And the card 04CA2D01 is held to the reader
    Then within 15 s the CSMS received TransactionEvent where
      | eventType                     | Ended |
      | transactionInfo.stoppedReason | Local |
    And the meter stop is the register of the meter
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |
    And the sequence numbers have no gap
    And the energy balance closes within 0.1 %

  Scenario: A host that comes back too late closes, and the card begins another
    Given a charger that asks for a token
    And a car is charging
    When 30 min pass
    And the charger's host dies
    And 3 min pass
    And the charger's host starts again
    Then within 5 s the CSMS received TransactionEvent where
      | eventType                     | Ended             |
      | triggerReason                 | AbnormalCondition |
      | transactionInfo.stoppedReason | PowerLoss         |
      | idToken.idToken               | 04CA2D01          |
    And the meter stop is the register of the meter
    And for 10 min the contactor stays open
    When the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes
    And the sequence numbers have no gap

  Scenario Outline: A host that may be away for <allowed> s was away for <away> s: <what>
    Given a charger with the configuration
      """
      [session]
      resume_within_s = <allowed>
      """
    And a car is charging
    When the charger's host dies
    And <away> s pass
    And the charger's host starts again
    And 60 s pass
    Then the CSMS received exactly <ended> TransactionEvent where
      | transactionInfo.stoppedReason | PowerLoss |
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |

    Examples:
      | allowed | away | what       | ended |
      | 0       | 1    | it is over | 1     |
      | 10      | 8    | it goes on | 0     |
      | 10      | 25   | it is over | 1     |
      | 3600    | 3000 | it goes on | 0     |

  Scenario: Everything was without power, and the charger is told to go on all the same
    Given a charger with the configuration
      """
      [session]
      resume_after_power_loss = true
      """
    And a car is charging
    When the charger's host dies
    And the power board starts anew
    And 20 s pass
    And the charger's host starts again
    Then within 10 s the contactor closes
    And the CSMS received exactly 0 TransactionEvent where
      | eventType | Ended |

  Scenario: A stop of the CSMS on a free charger outlives host and power board
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS requests a stop
    And 20 s pass
    And the charger's host dies
    And the power board starts anew
    And 30 min pass
    And the charger's host starts again
    Then within 5 s the panel shows Finished
    And for 2 h the contactor stays open
    When the driver unplugs
    And 5 s pass
    And the driver plugs in
    Then within 10 s the contactor closes

  Scenario: A free charger charges on after a blackout of any length
    Given a charger where nobody needs a token
    And a car is charging
    When the charger's host dies
    And 30 min pass
    And the charger's host starts again
    Then within 10 s the contactor closes
    And the CSMS received exactly 1 TransactionEvent where
      | transactionInfo.stoppedReason | PowerLoss |
    And the CSMS received exactly 2 TransactionEvent where
      | eventType | Started |

  Scenario: The host dies while the card that ends the session is being answered
    Given a charger that asks for a token
    And a car is charging that ignores the PWM
    When the card 04CA2D01 is held to the reader
    And 2 s pass
    And the charger's host dies
    And 30 s pass
    And the charger's host starts again
    Then within 10 s the CSMS received TransactionEvent where
      | eventType                     | Ended |
      | transactionInfo.stoppedReason | Local |
    And the meter stop is the register of the meter
    And for 10 min the contactor stays open

  Scenario: A profile of the transaction outlives the host as the transaction does
    Given a charger that asks for a token
    And a car is charging
    When the CSMS sets a profile of 10 A
    Then within 10 s the car draws 10 A
    When the charger's host dies
    And 30 s pass
    And the charger's host starts again
    Then within 15 s the contactor closes
    And within 15 s the car draws 10 A
    And for 60 s the pilot duty stays 16.6 %

  Scenario: The CSMS stops a transaction that went on after a restart
    Given a charger that asks for a token
    And a car is charging
    When the charger's host dies
    And 30 s pass
    And the charger's host starts again
    And 30 s pass
    And the CSMS requests a stop
    Then within 5 s the charger answers RequestStopTransaction with Accepted
    And within 10 s the contactor opens
    And within 5 s the CSMS received TransactionEvent where
      | eventType                     | Ended  |
      | transactionInfo.stoppedReason | Remote |

  Scenario: The host dies in the two seconds of the last reading of a car that left
    Given a charger that asks for a token
    And a car is charging
    When the bus of the meter hangs
    And the driver unplugs
    And 500 ms pass
    And the charger's host dies
    And the meter is back
    And 10 s pass
    And the charger's host starts again
    Then within 10 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | transactionInfo.stoppedReason | EVDisconnected |
    And the sequence numbers have no gap

  Scenario: A board that comes and goes does not hold a session for ever
    Given a charger that asks for a token
    And a car is charging
    When the power board is lost
    And 5 min pass
    Then the CSMS received exactly 1 TransactionEvent where
      | eventType                     | Ended |
      | transactionInfo.stoppedReason | Other |
    When the power board is back
    Then for 10 min the contactor stays open
    And within 1 s the panel shows PresentToken

  Scenario: A host that starts while a car is there alarms nobody and frees no plug
    Given a charger that asks for a token
    And a car is charging
    When the charger's host dies
    And 30 s pass
    And the charger's host starts again
    Then for 60 s the lock holds the plug
    And the connector was "Available, Occupied, Occupied"

  Scenario Outline: A contactor that is welded when the board starts holds the plug: <what>
    Given a car is charging
    When <what>
    And the power board starts anew
    And 10 s pass
    Then for 1 s the lock holds the plug
    When the CSMS calls UnlockConnector with
      """
      {"evseId": 1, "connectorId": 1}
      """
    Then within 10 s the charger answers UnlockConnector with UnlockFailed
    And the plug was never free under power

    Examples:
      | what                           |
      | the contactor welds            |
      | one pole of the contactor welds |

  Scenario: The whole charger loses power over a welded contactor, and the plug is held when it is back
    Given a car is charging
    When the contactor welds
    And the whole charger loses its power for 30 s
    And 30 s pass
    Then for 1 s the lock holds the plug
    And the plug was never free under power

  Scenario Outline: A register that <moves> while the host is away makes no bill
    Given a car is charging
    When 10 min pass
    And the charger's host dies
    And the meter's register <moves>
    And <away> pass
    And the charger's host starts again
    Then within 30 s the fault MeterImplausible is detected
    When 2 min pass
    And the driver unplugs
    And 30 s pass
    Then the last transaction is billed between 0 Wh and 8 kWh

    Examples:
      | moves              | away  |
      | falls by 50 kWh    | 10 s  |
      | jumps by 50 kWh    | 10 s  |
      | falls by 1000 kWh  | 3 min |
      | jumps by 1000 kWh  | 3 min |
      | falls by 100 Wh    | 10 s  |
