# The charging station as its CSMS sees it.
Feature: OCPP 2.0.1

  @OC-01
  Scenario: Boot, accepted
    Given a charger where nobody needs a token
    When 5 s pass
    Then the connector was "Available"
    And the CSMS received exactly 1 BootNotification where
      | reason                      | PowerUp  |
      | chargingStation.vendorName  | Plugfest |

  @OC-01
  Scenario: Boot, pending: nothing else is sent before it is accepted
    Given the CSMS answers BootNotification with Pending
    When 60 s pass
    Then the CSMS received exactly 0 StatusNotification where
      | connectorStatus | Available |
    When the CSMS answers BootNotification with Accepted from now on
    Then within 10 s the connector is Available

  @OC-01
  Scenario: Boot, rejected: silence until the interval
    Given the CSMS answers BootNotification with Rejected
    When 1 s pass
    Then for 2 s the CSMS receives nothing
    And within 10 s the CSMS received BootNotification

  Scenario: Heartbeats by the interval
    When 301 s pass
    Then within 1 s the CSMS received Heartbeat

  @OC-02
  Scenario: Remote start with a car that waits
    Given a charger that asks for a token
    When the driver plugs in
    And 1 s pass
    And the CSMS requests a start for the card REMOTE1
    Then within 1 s the charger answers RequestStartTransaction with Accepted
    And within 1 s the CSMS received TransactionEvent where
      | eventType                     | Started     |
      | triggerReason                 | RemoteStart |
      | transactionInfo.remoteStartId | 77          |
      | idToken.idToken               | REMOTE1     |
    And within 10 s the contactor closes
    And the story is "remote start"

  @OC-02
  Scenario: Remote start before the car comes
    Given a charger that asks for a token
    When the CSMS requests a start for the card REMOTE1
    And 10 s pass
    And the driver plugs in
    Then within 10 s the contactor closes
    And within 1 s the CSMS received TransactionEvent where
      | eventType                     | Started        |
      | triggerReason                 | CablePluggedIn |
      | transactionInfo.remoteStartId | 77             |

  @OC-02
  Scenario: A remote start whose token must be checked, and is refused
    Given a charger that asks for a token
    And a remote start needs an authorization
    And the CSMS says Blocked to the card REMOTE1
    When the driver plugs in
    And the CSMS requests a start for the card REMOTE1
    Then within 1 s the CSMS received Authorize where
      | idToken.idToken | REMOTE1 |
    And for 30 s the contactor stays open

  @OC-02
  Scenario: A remote start at an outlet out of service is rejected
    Given a charger that asks for a token
    When the CSMS makes the charger Inoperative
    And 1 s pass
    And the CSMS requests a start for the card REMOTE1
    Then within 1 s the charger answers RequestStartTransaction with Rejected

  @OC-03
  Scenario: A remote stop of another transaction is rejected
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS requests a stop of another transaction
    Then within 1 s the charger answers RequestStopTransaction with Rejected
    And for 10 s the contactor stays closed

  @OC-08
  Scenario: An event that is not answered is sent again and then given up
    Given a charger where nobody needs a token
    When the CSMS calls SetVariables with
      """
      {"setVariableData": [
        {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "MessageAttempts"}, "attributeValue": "3"},
        {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "MessageAttemptInterval"}, "attributeValue": "1"},
        {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "MessageTimeout"}, "attributeValue": "2"}]}
      """
    And 1 s pass
    And the CSMS answers nothing
    And the driver plugs in
    And 55 s pass
    Then the CSMS received exactly 3 TransactionEvent where
      | eventType | Started |
    And within 1 s the contactor closes

  @OC-09
  Scenario: Power loss in a transaction is told after the boot
    Given a charger where nobody needs a token
    And a car is charging
    When the charger's host dies
    And 10 s pass
    Then the contactor is open
    When the driver unplugs
    And 1 s pass
    And the charger's host starts again
    Then within 10 s the CSMS received TransactionEvent where
      | eventType                     | Ended     |
      | transactionInfo.stoppedReason | PowerLoss |
    And the sequence numbers have no gap

  @OC-10
  Scenario: Out of service while idle, and back
    When the CSMS makes the charger Inoperative
    Then within 1 s the charger answers ChangeAvailability with Accepted
    And within 1 s the connector is Unavailable
    When the driver plugs in
    Then for 10 s the contactor stays open
    When the driver unplugs
    And 1 s pass
    And the CSMS makes the charger Operative
    Then within 1 s the connector is Available
    And the connector was "Available, Unavailable, Available"

  @OC-10
  Scenario: Out of service after the running session
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS makes the charger Inoperative
    Then within 1 s the charger answers ChangeAvailability with Scheduled
    And for 10 s the contactor stays closed
    When the driver unplugs
    Then within 5 s the connector is Unavailable

  @OC-12
  Scenario: A lost link in a transaction: nothing is lost, and no second boot
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS goes away
    And 3 min pass
    Then the contactor is closed
    When the CSMS comes back
    Then within 60 s the CSMS received TransactionEvent where
      | offline | true |
    And the sequence numbers have no gap
    And the CSMS received exactly 1 BootNotification where
      | reason | PowerUp |
    And the story is "lost link"

  @OC-09 @OC-12
  Scenario: What happened offline survives the death of the host
    Given a charger where nobody needs a token
    And the CSMS is away
    And a car is charging
    When 2 min pass
    And the driver unplugs
    And 5 s pass
    And the charger's host dies
    And the CSMS comes back
    And the charger's host starts again
    Then within 10 s the CSMS received TransactionEvent where
      | eventType | Started |
      | offline   | true    |
    And within 10 s the CSMS received TransactionEvent where
      | eventType | Ended |
      | offline   | true  |
    And the sequence numbers have no gap

  @OC-16
  Scenario: An immediate reset ends the transaction and boots anew
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS asks for a reset Immediate
    Then within 1 s the charger answers Reset with Accepted
    And within 12 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | triggerReason                 | ResetCommand   |
      | transactionInfo.stoppedReason | ImmediateReset |
    And within 10 s the CSMS received BootNotification where
      | reason | RemoteReset |

  @OC-16
  Scenario: A reset on idle waits for the end of the session
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS asks for a reset OnIdle
    Then within 1 s the charger answers Reset with Scheduled
    And for 60 s the contactor stays closed
    When the driver unplugs
    Then within 10 s the CSMS received BootNotification where
      | reason | RemoteReset |

  @OC-17
  Scenario: Unlocking in a transaction is refused
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS asks to unlock the plug
    Then within 1 s the charger answers UnlockConnector with OngoingAuthorizedTransaction
    And for 5 s the contactor stays closed

  @OC-17
  Scenario: Unlocking an idle outlet
    When the CSMS asks to unlock the plug
    Then within 1 s the charger answers UnlockConnector with Unlocked

  Scenario: Variables are read and written, and keep their bounds
    When the CSMS calls GetVariables with
      """
      {"getVariableData": [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}]}
      """
    And 1 s pass
    Then the answer to GetVariables has "300" at "getVariableResult.0.attributeValue"
    When the CSMS calls SetVariables with
      """
      {"setVariableData": [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}, "attributeValue": "0"}]}
      """
    And 1 s pass
    Then the answer to SetVariables has "Rejected" at "setVariableResult.0.attributeStatus"

  Scenario: A base report lists the variables
    When the CSMS calls GetBaseReport with
      """
      {"requestId": 3, "reportBase": "FullInventory"}
      """
    Then within 5 s the CSMS received NotifyReport where
      | requestId | 3     |
      | tbc       | false |

  Scenario: An unknown action is answered as such
    When the CSMS calls something unknown, "MakeCoffee", with
      """
      {}
      """
    Then within 1 s the charger answers "MakeCoffee" with NotImplemented

  Scenario Outline: A CSMS that <misbehaviour> does no harm
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS <misbehaviour>
    And 10 min pass
    Then the contactor is closed
    When the driver unplugs
    And 2 min pass
    And the driver plugs in
    Then within 10 s the contactor closes

    Examples:
      | misbehaviour                                     |
      | answers with garbage                             |
      | answers with a huge frame                        |
      | answers nothing                                  |
      | answers calls that were never made               |
      | closes the connection in the middle of a call    |
      | answers every call with an error                 |
      | chooses no subprotocol                           |
      | chooses another subprotocol                      |

  Scenario: What is wrong with the CSMS is told in words
    Given the CSMS chooses no subprotocol
    When 5 s pass
    Then within 5 s the charger says that the CSMS "it chose no subprotocol"
    And within 5 s the charger says that the CSMS "ws://csms.sim/PF-0001"
