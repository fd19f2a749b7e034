# What can never be sent leaves its queue, is told once, and holds up nothing.
Feature: Messages that can never be sent

  # A model name of OCPP 2.0.1 has at most 20 characters. A configuration file with more is refused when it is read.
  Scenario: A charger that cannot say who it is charges all the same, and says why once
    Given a charger where nobody needs a token
    And the charger calls itself "A name of 21 letters."
    When the driver plugs in
    Then within 10 s the contactor closes
    And the charger tells a fault of its own: "BootNotification is given up and never sent: it breaks its schema: chargingStation.model"
    When 10 min pass
    Then the charger has told 1 fault of its own
    And the contactor is closed
    And the CSMS received exactly 0 BootNotification

  Scenario: A card with more characters than a message can carry is refused at once, and the next card is asked about
    Given a charger that asks for a token
    When 5 s pass
    And the card CARD-WITH-37-CHARACTERS-1234567890123 is held to the reader
    Then within 1 s the card CARD-WITH-37-CHARACTERS-1234567890123 is refused
    And the charger tells a fault of its own: "Authorize is given up and never sent: it breaks its schema: idToken.idToken"
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes
