# Board, link and host go away and come back, and the car has never left: with a card, the session goes on. With another car it
# does not, and nothing of the driver before is left.
@rig @requires:ac @requires:board @requires:rfid @energised
Feature: Outages in a session with a card

  Background:
    Given a charger that asks for a token
    And a car is charging

  Scenario: The power board is lost for a while and comes back
    When the power board is lost
    Then within 500 ms the fault BoardLost is detected
    And within 3 s the contactor opens
    When 3 s pass
    And the power board is back
    Then within 10 s the session event TransactionResumed is seen
    And within 10 s the contactor closes
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |
    And the CSMS received exactly 0 TransactionEvent where
      | eventType | Ended |

  Scenario: The power board is lost, the driver goes, and the next one comes without a card
    When the power board is lost
    Then within 3 s the contactor opens
    When the driver unplugs
    And 2 s pass
    And the driver plugs in
    And 2 s pass
    And the power board is back
    Then within 15 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | transactionInfo.stoppedReason | EVDisconnected |
    And within 2 s the panel shows PresentToken
    And for 10 s the contactor stays open
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |

  Scenario: The power board is lost, and the car has gone when it is back
    When the power board is lost
    Then within 3 s the contactor opens
    When the driver unplugs
    And the power board is back
    Then within 15 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | transactionInfo.stoppedReason | EVDisconnected |
    And within 5 s the connector is Available

  Scenario: The firmware starts again and has lost its count: the session is closed, and the card begins another
    When the power board starts anew
    Then within 200 ms the contactor opens
    And within 20 s the CSMS received TransactionEvent where
      | eventType                     | Ended     |
      | transactionInfo.stoppedReason | PowerLoss |
      | idToken.idToken               | 04CA2D01  |
      | meterValue                    | (present) |
    And within 5 s the panel shows PresentToken
    And for 5 s the contactor stays open
    When the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes

  @slow
  Scenario: The host dies and starts again: the transaction goes on
    When the charger's host dies
    Then within 3 s the contactor opens
    When the charger's host starts again
    Then within 15 s the session event TransactionResumed is seen
    And within 15 s the contactor closes
    And within 5 s the CSMS received TransactionEvent where
      | eventType                     | Updated              |
      | triggerReason                 | ChargingStateChanged |
      | transactionInfo.chargingState | Charging             |
    When the driver unplugs
    Then within 5 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | transactionInfo.stoppedReason | EVDisconnected |
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Ended |
    And the sequence numbers have no gap

  @slow @requires:lock
  Scenario: The host dies and starts again: the plug is held all the time
    When the charger's host dies
    Then within 3 s the contactor opens
    And within 1 s the lock holds the plug
    When the charger's host starts again
    Then within 15 s the contactor closes
    And the plug was never free under power

  @slow
  Scenario: The host dies, another car comes, and the host starts again: the new car gets nothing
    When the charger's host dies
    Then within 3 s the contactor opens
    When the driver unplugs
    And 2 s pass
    And the driver plugs in
    And 2 s pass
    And the charger's host starts again
    Then within 15 s the CSMS received TransactionEvent where
      | eventType                     | Ended     |
      | transactionInfo.stoppedReason | PowerLoss |
    And within 5 s the panel shows PresentToken
    And for 10 s the contactor stays open
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |

  @slow
  Scenario: Host and firmware both start again: the session is closed with the register as it stands
    When the charger's host dies
    Then within 3 s the contactor opens
    When the power board starts anew
    And the charger's host starts again
    Then within 15 s the CSMS received TransactionEvent where
      | eventType                     | Ended     |
      | transactionInfo.stoppedReason | PowerLoss |
      | idToken.idToken               | 04CA2D01  |
      | meterValue                    | (present) |
    And within 5 s the panel shows PresentToken
    And for 5 s the contactor stays open
    And the sequence numbers have no gap
