# The CSMS sees every EVSE, and asks one of them or all.
@requires:evses
Feature: The CSMS and several EVSEs

  Background:
    Given a charger with 2 EVSEs
    And the house has no limit

  Scenario: Both EVSEs are told
    When 1 s pass
    Then the CSMS received exactly 1 StatusNotification where
      | evseId          | 1         |
      | connectorStatus | Available |
    And at EVSE 2 the CSMS received exactly 1 StatusNotification where
      | evseId          | 2         |
      | connectorStatus | Available |

  Scenario: A start at the second EVSE
    When the driver plugs in at EVSE 2
    And the CSMS requests a start for the card REMOTE at EVSE 2
    Then within 1 s the charger answers RequestStartTransaction with Accepted
    And at EVSE 2 within 10 s the contactor closes
    And the contactor is open

  Scenario: A stop finds its transaction
    Given a car is charging
    And a car is charging at EVSE 2
    When the CSMS requests a stop at EVSE 2
    Then within 1 s the charger answers RequestStopTransaction with Accepted
    And at EVSE 2 within 15 s the contactor opens
    And for 10 s the contactor stays closed
    When the CSMS requests a stop of another transaction
    Then within 1 s the charger answers RequestStopTransaction with Rejected
    And for 5 s the contactor stays closed

  Scenario: One EVSE is put out of service, and the other serves
    When the CSMS makes the EVSE Inoperative at EVSE 2
    Then within 1 s the charger answers ChangeAvailability with Accepted
    And at EVSE 2 within 2 s the connector is Unavailable
    And within 1 s the connector is Available
    When the CSMS makes the EVSE Operative at EVSE 2
    Then at EVSE 2 within 2 s the connector is Available

  Scenario: The station is put out of service as soon as its last car has left
    Given a car is charging at EVSE 2
    When the CSMS makes the charger Inoperative
    Then within 1 s the charger answers ChangeAvailability with Scheduled
    And within 2 s the connector is Unavailable
    And at EVSE 2 for 10 s the contactor stays closed
    When the driver unplugs at EVSE 2
    Then at EVSE 2 within 5 s the connector is Unavailable

  Scenario: A reset at once ends both transactions
    Given a car is charging
    And a car is charging at EVSE 2
    When the CSMS asks for a reset Immediate
    Then within 1 s the charger answers Reset with Accepted
    And within 20 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | transactionInfo.stoppedReason | ImmediateReset |
    And at EVSE 2 within 1 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | transactionInfo.stoppedReason | ImmediateReset |
    And within 20 s the CSMS received BootNotification where
      | reason | RemoteReset |

  Scenario: A reset when idle waits for the last car, and nobody begins meanwhile
    Given a car is charging at EVSE 2
    When the CSMS asks for a reset OnIdle
    Then within 1 s the charger answers Reset with Scheduled
    And within 2 s the connector is Unavailable
    When the driver plugs in
    Then for 20 s the CSMS receives no BootNotification
    And the contactor is open
    When the driver unplugs
    And the driver unplugs at EVSE 2
    Then within 20 s the CSMS received BootNotification where
      | reason | RemoteReset |
    And within 10 s the connector is Available
    And at EVSE 2 within 1 s the connector is Available

  @slow
  Scenario: While a reset waits for a car, the other EVSE is no less awake
    Given a car is charging
    When the CSMS asks for a reset OnIdle
    And 2 s pass
    And the CSMS asks to unlock the plug at EVSE 2
    Then within 2 s the charger answers UnlockConnector with Unlocked
    When the CSMS makes the EVSE Inoperative at EVSE 2
    Then within 1 s the charger answers ChangeAvailability with Accepted
    When the link to the power board is lost at EVSE 2
    Then at EVSE 2 within 10 s the fault BoardLost is detected
    When the CSMS requests a stop
    Then within 1 s the charger answers RequestStopTransaction with Accepted
    And within 15 s the contactor opens
    When the driver unplugs
    Then within 20 s the CSMS received BootNotification where
      | reason | RemoteReset |

  Scenario: A reset of one EVSE alone is refused
    Given a car is charging
    When the CSMS asks for a reset Immediate of the EVSE at EVSE 2
    Then within 1 s the charger answers Reset with Rejected
    And for 10 s the contactor stays closed

  Scenario: Any free EVSE is reserved, and then the other, and then none
    When the CSMS reserves any EVSE for the card 04A1B2C3 for 10 min
    Then within 1 s the charger answers ReserveNow with Accepted
    And within 2 s the connector is Reserved
    And at EVSE 2 within 1 s the connector is Available
    When the driver plugs in at EVSE 2
    And 1 s pass
    And the CSMS calls ReserveNow with
      """
      { "id": 9, "expiryDateTime": "2030-01-01T00:00:00Z", "idToken": { "idToken": "X", "type": "Central" } }
      """
    Then within 1 s the charger answers ReserveNow with Occupied

  @requires:lock
  Scenario: The plug at the second EVSE is freed
    Given nobody needs a token
    And a car is charging at EVSE 2
    When the CSMS requests a stop at EVSE 2
    And 15 s pass
    And the CSMS asks to unlock the plug at EVSE 2
    Then within 2 s the charger answers UnlockConnector with Unlocked

  Scenario: An EVSE that is not there
    When the CSMS calls UnlockConnector with
      """
      { "evseId": 3, "connectorId": 1 }
      """
    Then within 1 s the charger answers UnlockConnector with UnknownConnector

  @slow
  Scenario: Ten drivers at the same instant, and a CSMS that takes its time: all are let in
    Given a charger with 10 EVSEs
    And the CSMS takes 1 s to authorize
    When the driver plugs in at EVSE 1
    And the driver plugs in at EVSE 2
    And the driver plugs in at EVSE 3
    And the driver plugs in at EVSE 4
    And the driver plugs in at EVSE 5
    And the driver plugs in at EVSE 6
    And the driver plugs in at EVSE 7
    And the driver plugs in at EVSE 8
    And the driver plugs in at EVSE 9
    And the driver plugs in at EVSE 10
    And 5 s pass
    And the card 04CA2D01 is held to the reader at EVSE 1
    And the card 04CA2D01 is held to the reader at EVSE 2
    And the card 04CA2D01 is held to the reader at EVSE 3
    And the card 04CA2D01 is held to the reader at EVSE 4
    And the card 04CA2D01 is held to the reader at EVSE 5
    And the card 04CA2D01 is held to the reader at EVSE 6
    And the card 04CA2D01 is held to the reader at EVSE 7
    And the card 04CA2D01 is held to the reader at EVSE 8
    And the card 04CA2D01 is held to the reader at EVSE 9
    And the card 04CA2D01 is held to the reader at EVSE 10
    Then at EVSE 10 within 20 s the contactor closes
    And at EVSE 1 the contactor is closed
    And at EVSE 2 the contactor is closed
    And at EVSE 3 the contactor is closed
    And at EVSE 4 the contactor is closed
    And at EVSE 5 the contactor is closed
    And at EVSE 6 the contactor is closed
    And at EVSE 7 the contactor is closed
    And at EVSE 8 the contactor is closed
    And at EVSE 9 the contactor is closed
