# A whole session, seen from every side.
Feature: Basic AC session

  @CP-08
  Scenario: Plug first, then the card
    Given a charger that asks for a token
    When the driver plugs in
    Then within 1 s the session event AuthRequired is seen
    And within 1 s the panel shows PresentToken
    When the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes
    And within 1 s the panel shows Charging
    When 5 min pass
    And the driver unplugs
    Then within 5 s the connector is Available
    And the session events were
      """
      SessionStarted AuthRequired Authorized TransactionStarted PrepareCharging ChargingStarted
      ChargingFinished TransactionFinished SessionFinished
      """
    And the meter has counted more than 5 Wh
    And the connector was "Available, Occupied, Available"
    And the sequence numbers have no gap
    And the story is "plug first, then the card"

  Scenario: Card first, then the plug
    Given a charger that asks for a token
    When the card 04CA2D01 is held to the reader
    Then within 1 s the panel shows Authorized
    When 5 s pass
    And the driver plugs in
    Then within 10 s the contactor closes
    And within 1 s the CSMS received TransactionEvent where
      | eventType     | Started        |
      | triggerReason | CablePluggedIn |

  Scenario: Card first, and nobody plugs in
    Given a charger that asks for a token
    When the card 04CA2D01 is held to the reader
    Then within 61 s the session event PluginTimeout is seen
    When the driver plugs in
    Then for 30 s the contactor stays open
    And for 1 s the CSMS receives no TransactionEvent

  Scenario: The same card ends the session
    Given a charger that asks for a token
    And a car is charging
    When the card 04CA2D01 is held to the reader
    Then within 8 s the contactor opens
    And within 2 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | triggerReason                 | StopAuthorized |
      | transactionInfo.stoppedReason | Local          |
    And within 2 s the panel shows Finished
    And within 2 s the lock frees the plug

  Scenario: Plug and charge for free
    Given a charger where nobody needs a token
    When the driver plugs in
    Then within 10 s the contactor closes
    When 2 min pass
    And the driver unplugs
    Then within 2 s the CSMS received TransactionEvent where
      | eventType                     | Ended               |
      | triggerReason                 | EVCommunicationLost |
      | transactionInfo.stoppedReason | EVDisconnected      |
    And the meter stop is the register of the meter
    And the story is "plug and charge for free"

  Scenario Outline: Every car charges: <car>
    Given a charger where nobody needs a token
    And the car "<car>"
    When the driver plugs in
    Then within 30 s the contactor closes
    And within 30 s the car draws <current>

    Examples:
      | car           | current |
      | ioniq-5-58    | 16 A    |
      | ioniq-5-72    | 16 A    |
      | phev-16       | 16 A    |
      | renault-zoe   | 32 A    |
      | small-car-7   | 32 A    |
      | taycan-11     | 16 A    |
      | tesla-model-3 | 16 A    |
      | van-22        | 32 A    |
      | vw-id3        | 16 A    |

  Scenario: A car that is full ends by itself and keeps the session
    Given a charger where nobody needs a token
    And the car is at 50 %
    And the car is to be charged to 55 %
    When the driver plugs in
    Then within 30 s the contactor closes
    And within 30 min the session event ChargingPausedEV is seen
    And the car is charged to at least 54.9 %
    And within 1 s the CSMS received TransactionEvent where
      | transactionInfo.chargingState | SuspendedEV |
    And within 1 s the lock holds the plug

  Scenario: A night of eight hours
    Given a charger where nobody needs a token
    And the car is at 20 %
    When the driver plugs in
    And 8 h pass
    And the driver unplugs
    Then within 5 s the connector is Available
    And the car is charged to at least 95 %
    And the energy balance closes within 0.1 %
    And the sequence numbers have no gap

  Scenario: A charger with a fixed cable has no lock and no PP
    Given a charger where nobody needs a token
    And the charger has a fixed cable
    When the driver plugs in
    Then within 10 s the contactor closes

  Scenario: A configuration of one's own
    Given a charger with the configuration
      """
      [outlet]
      max_current_a = 16
      [authorization]
      mode = "free"
      """
    When the driver plugs in
    Then within 5 s the pilot duty is 26.6 %
