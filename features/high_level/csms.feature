# What a CSMS sees of a session by messages, and what it can do in it.
Feature: Sessions by messages, seen from the CSMS

  Scenario Outline: A remote start lets a car in that waits, by <protocol> with <current>
    Given a charger with a DC supply
    And a charger with high-level communication
    And a charger that asks for a token
    And the car "vw-id3"
    And the car speaks <protocol> with <current>
    When the driver plugs in
    Then within 30 s SessionSetupRes is said
    When the CSMS requests a start for the card 04CA2D01
    Then within 90 s CurrentDemandRes is said
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Updated |

    Examples:
      | protocol    | current        |
      | ISO 15118-2 | direct current |
      | DIN 70121   | direct current |

  Scenario: A card that the CSMS rejects lets nobody in
    Given a charger with high-level communication
    And a charger that asks for a token
    And the CSMS says Invalid to the card 04CA2D02
    And the car "skoda-enyaq"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 30 s AuthorizationRes has "EVSEProcessing" as "Ongoing"
    When the card 04CA2D02 is held to the reader
    Then within 10 s the card 04CA2D02 is refused
    And for 10 s the contactor stays open
    When the card 04CA2D01 is held to the reader
    Then within 30 s ChargingStatusRes is said

  Scenario: A CSMS that is away stops nobody who is known
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "skoda-enyaq"
    And the car speaks ISO 15118-2 with alternating current
    When the CSMS goes away
    And the driver plugs in
    And 1 s pass
    And the card 04CA2D01 is held to the reader
    Then within 60 s ChargingStatusRes is said
    When the car stops asking for energy
    Then within 20 s the dialog has ended
    When the CSMS comes back
    Then within 2 min the CSMS received TransactionEvent where
      | eventType | Ended |
    And the sequence numbers have no gap

  Scenario Outline: The sequence of session events with <current> is that of any session
    Given a charger with high-level communication
    And a charger that asks for a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with <current>
    When the driver plugs in
    And 1 s pass
    And the card 04CA2D01 is held to the reader
    Then within 60 s the session event ChargingStarted is seen
    When the car stops asking for energy
    Then within 30 s the session event TransactionFinished is seen
    And the session event SessionStarted was seen exactly once
    And the session event Authorized was seen exactly once
    And the session event TransactionStarted was seen exactly once

    Examples:
      | current             |
      | alternating current |

  Scenario: The car tells how full it is
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car is at 50 %
    And the car speaks ISO 15118-2 with direct current
    When the driver plugs in
    Then within 90 s CurrentDemandRes is said
    And CurrentDemandReq always had "DC_EVStatus.EVRESSSOC" as "50"

  Scenario: Availability by the CSMS ends nothing by messages that goes on
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s ChargingStatusRes is said
    When the CSMS makes the charger Inoperative
    Then for 10 s the contactor stays closed
    When the car stops asking for energy
    Then within 20 s the dialog has ended
    When the driver unplugs
    Then within 10 s the connector is Unavailable
