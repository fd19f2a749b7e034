# A CSMS that asks for more than anybody can answer holds up neither the car nor the bill.
Feature: A CSMS that floods

  Scenario: After a flood of garbage the next correct call is answered, and a car charges through it
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS sends 20000 frames of garbage within 4 s
    Then for 4 s the contactor stays closed
    When the CSMS calls GetLocalListVersion with
      """
      {}
      """
    And 5 s pass
    Then the answer to GetLocalListVersion has "0" at "versionNumber"
    And within 1 s the charger says that the CSMS "sends faster than it is answered"

  Scenario: A flood of correct calls keeps no transaction event away
    Given a charger where nobody needs a token
    When 5 s pass
    And the CSMS calls GetVariables 20000 times within 30 s without waiting, with
      """
      {"getVariableData": [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}]}
      """
    And the driver plugs in
    Then within 10 s the contactor closes
    And within 5 s the CSMS received TransactionEvent where
      | eventType                     | Updated  |
      | transactionInfo.chargingState | Charging |
    When the driver unplugs
    Then within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the sequence numbers have no gap

  Scenario: One report at a time: the next is refused, and after it another one is made
    When 5 s pass
    And the CSMS calls GetBaseReport 50 times within 10 ms without waiting, with
      """
      {"requestId": 1, "reportBase": "FullInventory"}
      """
    And 10 s pass
    Then the CSMS received exactly 1 NotifyReport where
      | requestId | 1     |
      | tbc       | false |
    When the CSMS calls GetBaseReport with
      """
      {"requestId": 2, "reportBase": "FullInventory"}
      """
    Then within 1 s the charger answers GetBaseReport with Accepted
    And within 5 s the CSMS received NotifyReport where
      | requestId | 2     |
      | tbc       | false |

  # One for the first call, one for those that come while it is under way, and one for those that come while that is.
  Scenario: Messages that are triggered again and again wait as one
    When 5 s pass
    And the CSMS calls TriggerMessage 100 times within 10 ms without waiting, with
      """
      {"requestedMessage": "Heartbeat"}
      """
    And 10 s pass
    Then the CSMS received at most 3 Heartbeat
