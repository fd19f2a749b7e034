# A car pauses, sleeps and comes back to the same session (ISO 15118-2 clause 8.8.2); the charger keeps its key meanwhile.
Feature: Pause and wake-up

  @I2-23
  Scenario: A car of alternating current pauses and goes on
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s ChargingStatusRes is said
    And for 5 s the contactor stays closed
    When the car pauses
    Then within 20 s the dialog is paused
    And within 5 s the contactor opens
    And within 5 s the pilot carries no PWM
    When 20 s pass
    And the car wakes the charger
    Then within 30 s SessionSetupRes says OK_OldSessionJoined
    And within 30 s ChargingStatusRes is said
    And within 5 s the contactor closes

  @I2-23
  Scenario: A car of direct current pauses and goes on
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with direct current
    When the driver plugs in
    Then within 60 s CurrentDemandRes is said
    And for 5 s the contactor stays closed
    When the car pauses
    Then within 20 s the dialog is paused
    And within 5 s the contactor opens
    When 20 s pass
    And the car wakes the charger
    Then within 30 s SessionSetupRes says OK_OldSessionJoined
    And within 60 s CurrentDemandRes is said

  # Nobody hears any longer that the charger closes the connection.
  Scenario: A car that is pulled out while it pauses leaves nothing behind
    Given a charger with high-level communication
    And nobody needs a token
    And the rule END-CLOSED-IN-TIME may be broken by the charger
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s ChargingStatusRes is said
    When the car pauses
    Then within 20 s the dialog is paused
    When the driver unplugs
    And 5 s pass
    And the driver plugs in
    Then within 30 s SessionSetupRes says OK_NewSessionEstablished
    And within 30 s ChargingStatusRes is said

  @I2-24 @FH-A19
  Scenario: A car of direct current negotiates again
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with direct current
    When the driver plugs in
    Then within 60 s CurrentDemandRes is said
    And for 5 s the contactor stays closed
    When the car negotiates again
    Then within 5 s PowerDeliveryReq has "ChargeProgress" as "Renegotiate"
    And within 10 s ChargeParameterDiscoveryRes is said
    And within 60 s CurrentDemandRes is said

  Scenario: A car of alternating current negotiates again
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s ChargingStatusRes is said
    And for 5 s the contactor stays closed
    When the car negotiates again
    Then within 5 s PowerDeliveryReq has "ChargeProgress" as "Renegotiate"
    And within 10 s ChargeParameterDiscoveryRes is said
    And within 20 s ChargingStatusRes is said
