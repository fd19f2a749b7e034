# Who may charge.
Feature: Authorization

  Background:
    Given a charger that asks for a token

  @CP-31
  Scenario Outline: A card that the CSMS calls <status> gets nothing
    Given the CSMS says <status> to the card 04CA2D09
    When the driver plugs in
    And the card 04CA2D09 is held to the reader
    Then within 2 s the card 04CA2D09 is refused
    And for 60 s the contactor stays open
    And the pilot carries no PWM
    And for 1 s the CSMS receives no TransactionEvent

    Examples:
      | status  |
      | Blocked |
      | Expired |
      | Invalid |

  @CP-31
  Scenario: A card that nobody knows gets nothing
    When the driver plugs in
    And the card STRANGER is held to the reader
    Then within 2 s the card STRANGER is refused
    And for 60 s the contactor stays open

  @OC-04
  Scenario: Another card of the group ends the session
    Given the CSMS accepts the card 04CA2D01 of the group FLEET
    And the CSMS accepts the card 04CA2D02 of the group FLEET
    And a car is charging
    When the card 04CA2D02 is held to the reader
    Then within 8 s the contactor opens
    And within 2 s the CSMS received TransactionEvent where
      | eventType                     | Ended          |
      | triggerReason                 | StopAuthorized |
      | transactionInfo.stoppedReason | Local          |

  @OC-04
  Scenario: A card of no group does not end another driver's session
    Given the CSMS says Accepted to the card 04CA2D03
    And a car is charging
    When the card 04CA2D03 is held to the reader
    Then within 2 s the card 04CA2D03 is refused
    And for 30 s the contactor stays closed

  Scenario: A known card needs no CSMS
    Given there is no CSMS
    And the charger knows the card 04CA2D07
    When the driver plugs in
    And the card 04CA2D07 is held to the reader
    Then within 10 s the contactor closes

  Scenario: Without a CSMS an unknown card gets nothing
    Given there is no CSMS
    When the driver plugs in
    And the card 04CA2D08 is held to the reader
    Then within 2 s the card 04CA2D08 is refused
    And for 60 s the contactor stays open

  @OC-06
  Scenario: While the CSMS is away an unknown card gets nothing
    Given the CSMS is away
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then within 2 s the card 04CA2D01 is refused
    And for 60 s the contactor stays open

  @OC-06
  Scenario: While the CSMS is away an unknown card may charge where that is allowed, and all is told later
    Given unknown cards may charge while the CSMS is away
    And the CSMS is away
    When the driver plugs in
    And the card 04CA2D05 is held to the reader
    Then within 10 s the contactor closes
    When 2 min pass
    And the driver unplugs
    And 5 s pass
    And the CSMS comes back
    Then within 60 s the CSMS received TransactionEvent where
      | eventType | Started |
      | offline   | true    |
    And within 60 s the CSMS received TransactionEvent where
      | eventType | Ended |
      | offline   | true  |
    And the sequence numbers have no gap

  @OC-07
  Scenario: A card that is rejected afterwards ends the transaction
    Given the CSMS says Invalid to the running transaction
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then within 10 s the CSMS received TransactionEvent where
      | eventType                     | Ended        |
      | triggerReason                 | Deauthorized |
      | transactionInfo.stoppedReason | DeAuthorized |
    And for 30 s the contactor stays open

  @OC-07
  Scenario: A card that is rejected afterwards suspends the transaction
    Given a card that is rejected afterwards only suspends
    And a car is charging
    When the CSMS says Blocked to the running transaction
    And 65 s pass
    Then within 8 s the contactor opens
    And within 5 s the CSMS received TransactionEvent where
      | transactionInfo.chargingState | SuspendedEVSE |
    And for 60 s the contactor stays open

  @FS-13
  Scenario Outline: The service <service> cannot permit power
    When the driver plugs in
    And the service <service> tries to permit power
    Then the call is refused and in the log
    And for 30 s the contactor stays open

    Examples:
      | service |
      | auth    |
      | energy  |
      | lock    |
      | meter   |
      | ocpp    |
      | panel   |
