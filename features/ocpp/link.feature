# What keeps the link to the CSMS alive, and what must not be lost with it.
Feature: The link to the CSMS

  Scenario: Heartbeats go on after a lost link
    Given a charger where nobody needs a token
    When 10 s pass
    And the CSMS goes away
    And 5 s pass
    And the CSMS comes back
    And 30 min pass
    Then within 310 s the CSMS received Heartbeat

  Scenario: A link that is lost every few minutes keeps no heartbeat away
    When 200 s pass
    And the CSMS goes away
    And 5 s pass
    And the CSMS comes back
    And 200 s pass
    And the CSMS goes away
    And 5 s pass
    And the CSMS comes back
    And 60 s pass
    Then the CSMS received exactly 1 Heartbeat

  Scenario: A shorter heartbeat interval holds at once
    When 10 s pass
    And the CSMS calls SetVariables with
      """
      {"setVariableData": [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}, "attributeValue": "10"}]}
      """
    Then within 11 s the CSMS received Heartbeat
