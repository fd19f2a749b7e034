# One reader and one panel for all: who is meant?
@requires:evses
Feature: Reception

  Background:
    Given a charger with 2 EVSEs
    And the house has no limit
    And the EVSEs share a token reader

  Scenario: A card goes to the car that has waited longest
    Given the CSMS says Accepted to the card 04D4E5F6
    When the driver plugs in at EVSE 2
    And 5 s pass
    And the driver plugs in
    And 5 s pass
    And the card 04CA2D01 is held to the reader
    Then at EVSE 2 within 10 s the contactor closes
    And the contactor is open
    When the card 04D4E5F6 is held to the reader
    Then within 10 s the contactor closes

  Scenario: Two cars that are plugged in at the same instant
    Given the CSMS says Accepted to the card 04D4E5F6
    When the driver plugs in at EVSE 2
    And the driver plugs in
    And the card 04CA2D01 is held to the reader
    And the card 04D4E5F6 is held to the reader
    Then within 10 s the contactor closes
    And at EVSE 2 within 10 s the contactor closes
    And within 1 s the CSMS received TransactionEvent where
      | eventType       | Started  |
      | idToken.idToken | 04CA2D01 |
    And at EVSE 2 within 1 s the CSMS received TransactionEvent where
      | eventType       | Started  |
      | idToken.idToken | 04D4E5F6 |

  Scenario: A card first, and then the plug at either EVSE
    When the card 04CA2D01 is held to the reader
    And 20 s pass
    And the driver plugs in at EVSE 2
    Then at EVSE 2 within 10 s the contactor closes
    And the pilot is in state A

  @slow
  Scenario: A card that is shown again at once opens no second place
    When the driver plugs in
    And the driver plugs in at EVSE 2
    And 2 s pass
    And the card 04CA2D01 is held to the reader
    And 2 s pass
    And the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes
    And at EVSE 2 for 10 s the contactor stays open

  Scenario: A start that names no EVSE leaves a reserved one to its driver
    Given the CSMS says Accepted to the card 04D4E5F6
    When the CSMS reserves the charger for the card 04D4E5F6 for 10 min
    And the driver plugs in
    And 1 s pass
    And the driver plugs in at EVSE 2
    And 1 s pass
    And the CSMS requests a start for the card REMOTE anywhere
    Then within 1 s the charger answers RequestStartTransaction with Accepted
    And at EVSE 2 within 10 s the contactor closes
    And the contactor is open

  Scenario: One EVSE may have the reader of the station too
    Given a charger with 1 EVSEs
    And the EVSEs share a token reader
    When the driver plugs in
    And 2 s pass
    And the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes

  @slow
  Scenario: A card that is kept is forgotten after a while
    When the card 04CA2D01 is held to the reader
    And 61 s pass
    And the driver plugs in
    Then for 20 s the contactor stays open

  Scenario: A card that is shown twice is kept no longer
    When the card 04CA2D01 is held to the reader
    And 10 s pass
    And the card 04CA2D01 is held to the reader
    And 1 s pass
    And the driver plugs in
    Then for 20 s the contactor stays open

  Scenario: A card ends its own session
    Given the CSMS says Accepted to the card 04D4E5F6
    And a car is charging
    When the driver plugs in at EVSE 2
    And the card 04D4E5F6 is held to the reader
    Then at EVSE 2 within 10 s the contactor closes
    When 10 s pass
    And the card 04D4E5F6 is held to the reader
    Then at EVSE 2 within 15 s the contactor opens
    And for 10 s the contactor stays closed

  Scenario: A third driver finds every place taken
    Given the CSMS says Accepted to the card 04D4E5F6
    And the CSMS says Accepted to the card 04777777
    And the EVSEs share a panel
    And a car is charging
    When the driver plugs in at EVSE 2
    And the card 04D4E5F6 is held to the reader
    And 10 s pass
    And the card 04777777 is held to the reader
    Then within 1 s the panel says "every place is taken"
    And for 10 s the contactor stays closed
    And at EVSE 2 for 1 s the contactor stays closed

  Scenario: The shared panel says which number it speaks of
    Given the EVSEs share a panel
    When the driver plugs in at EVSE 2
    Then within 2 s the panel shows PresentToken
    And within 1 s the panel says "EVSE 2"
    When the card 04CA2D01 is held to the reader
    Then within 10 s the panel shows Charging
    And within 1 s the panel says "EVSE 2"
    When the driver plugs in
    Then within 2 s the panel shows PresentToken
    And within 1 s the panel says "EVSE 1"
    And within 15 s the panel shows Charging

  Scenario: The shared panel tells a driver who came without a car what to do
    Given the EVSEs share a panel
    When the card 04CA2D01 is held to the reader
    Then within 1 s the panel says "plug in at any free place within 60 s"

  Scenario: The shared reader is lost, and both EVSEs know
    When the token reader is lost
    Then within 10 s the CSMS received NotifyEvent where
      | eventData.0.component.name | TokenReader |
    And at EVSE 2 within 1 s the CSMS received NotifyEvent where
      | eventData.0.component.name | TokenReader |

  Scenario: A start of the CSMS that names no EVSE goes to the car that waits
    When the driver plugs in at EVSE 2
    And the CSMS requests a start for the card REMOTE anywhere
    Then within 1 s the charger answers RequestStartTransaction with Accepted
    And at EVSE 2 within 10 s the contactor closes
    And at EVSE 2 within 1 s the CSMS received TransactionEvent where
      | transactionInfo.remoteStartId | 78 |

  Scenario: A start of the CSMS that names no EVSE waits for the next car
    When the CSMS requests a start for the card REMOTE anywhere
    Then within 1 s the charger answers RequestStartTransaction with Accepted
    When the driver plugs in at EVSE 2
    Then at EVSE 2 within 10 s the contactor closes

  Scenario: A start of the CSMS that names no EVSE where all are taken
    Given a car is charging
    And the driver plugs in at EVSE 2
    And the card 04CA2D01 is held to the reader
    And the CSMS says Accepted to the card 04D4E5F6
    When the card 04D4E5F6 is held to the reader
    And 10 s pass
    And the CSMS requests a start for the card REMOTE anywhere
    Then within 1 s the charger answers RequestStartTransaction with Rejected
