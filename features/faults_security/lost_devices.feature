# A device without which the outlet still charges: its loss is told to the operator and to the CSMS, once, in plain words.
Feature: Devices that are lost and found

  @FS-07
  Scenario Outline: The token reader <breaks>
    Given a charger that asks for a token
    When the token reader <breaks>
    Then within 15 s the charger tells that the TokenReader is lost
    And within 1 s the CSMS received NotifyEvent where
      | eventData.0.component.name        | TokenReader           |
      | eventData.0.variable.name         | Problem               |
      | eventData.0.actualValue           | true                  |
      | eventData.0.techCode              | TokenReaderLost       |
      | eventData.0.eventNotificationType | HardWiredNotification |
    And within 1 s the connector is Available
    When 10 min pass
    Then the loss of the TokenReader was told 1 time
    And the CSMS received exactly 1 NotifyEvent where
      | eventData.0.techCode | TokenReaderLost |
    When the token reader is back
    Then within 20 s the charger tells that the TokenReader is found
    And within 1 s the CSMS received NotifyEvent where
      | eventData.0.component.name | TokenReader |
      | eventData.0.actualValue    | false       |
      | eventData.0.cleared        | true        |

    Examples:
      | breaks                     |
      | is lost                    |
      | falls silent               |
      | does not acknowledge       |
      | answers with bad checksums |

  Scenario: Without a reader the CSMS can still begin a session
    Given a charger that asks for a token
    And the token reader is missing
    When the driver plugs in
    And the CSMS requests a start for the card CENTRAL7
    Then within 5 s the contactor closes

  Scenario: A reader that comes and goes is told once
    Given a charger that asks for a token
    When the token reader is lost
    And 5 s pass
    And the token reader is back
    And 5 s pass
    And the token reader is lost
    And 5 s pass
    And the token reader is back
    And 5 s pass
    And the token reader is lost
    And 60 s pass
    Then the loss of the TokenReader was told 1 time

  Scenario: A panel that is lost is told, and shows what is true when it is found
    Given a charger where nobody needs a token
    When the panel is lost
    And the driver plugs in
    Then within 5 s the charger tells that the Panel is lost
    And within 1 s the CSMS received NotifyEvent where
      | eventData.0.component.name | Display   |
      | eventData.0.techCode       | PanelLost |
    And within 10 s the contactor closes
    When the panel is back
    Then within 5 s the charger tells that the Panel is found
    And within 1 s the panel shows Charging

  Scenario: A panel that is lost while nothing happens is missed too
    Given a charger where nobody needs a token
    When 60 s pass
    And the panel is lost
    Then within 40 s the charger tells that the Panel is lost

  @EG-08
  Scenario: A house meter that is lost is told
    Given a charger where nobody needs a token
    When the house meter falls silent
    Then within 12 s the charger tells that the HouseMeter is lost
    And within 1 s the CSMS received NotifyEvent where
      | eventData.0.component.name | ControlMetering |
      | eventData.0.techCode       | HouseMeterLost  |
    When the house meter is back
    Then within 15 s the charger tells that the HouseMeter is found

  @EG-08
  Scenario: One bad frame of the house meter changes nothing
    Given a charger where nobody needs a token
    And a car is charging
    When the house meter answers with bad checksums
    And 1500 ms pass
    And the house meter is back
    Then for 30 s the car draws at least 31 A

  Scenario: What keeps the outlet from charging has its reason beside the status
    Given a charger where nobody needs a token
    And a car is charging
    When the meter is lost
    Then within 5 s the connector is Faulted
    And within 1 s the CSMS received NotifyEvent where
      | eventData.0.component.name    | FiscalMetering |
      | eventData.0.component.evse.id | 1              |
      | eventData.0.techCode          | MeterLost      |
      | eventData.0.actualValue       | true           |

  Scenario: What is lost while the CSMS is away is told when it is there, and what came back meanwhile is not
    Given a charger that asks for a token
    When the CSMS goes away
    And the token reader is lost
    And the house meter is lost
    And 60 s pass
    And the house meter is back
    And 60 s pass
    And the CSMS comes back
    And 60 s pass
    Then the CSMS received exactly 1 NotifyEvent where
      | eventData.0.techCode | TokenReaderLost |
    And the CSMS received exactly 0 NotifyEvent where
      | eventData.0.techCode | HouseMeterLost |
