# SDP and the connection (ISO 15118-2 clauses 7.7 to 7.10).
Feature: Discovery and connection

  @I2-01
  Scenario: A car finds the charger by its first question
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 20 s the car has connected
    And within 1 s supportedAppProtocolRes is said

  @I2-12
  Scenario Outline: A line that loses <share> of all frames keeps no car from its connection
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 10 s the data link is up
    When the power line loses <share> of all frames
    Then within 40 s the car has connected
    And within 60 s SessionSetupRes is said

    Examples:
      | share |
      | 5 %   |
      | 10 %  |

  # V2G_SECC_CommunicationSetup: 18 s after the link is up.
  @I2-11
  Scenario: A car that is matched and never connects charges by the duty
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 10 s the data link is up
    When the power line loses 100 % of all frames
    Then within 20 s the charger has waited in vain for a connection
    And within 15 s the contactor closes

  @I2-04 @I2-06 @DN-02
  Scenario Outline: <car> offers all that it has, and <protocol> is chosen for direct current
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "<car>"
    And the car speaks what it can with direct current
    When the driver plugs in
    Then within 30 s car and charger speak <protocol>
    And within 2 s SessionSetupRes is said

    Examples:
      | car           | protocol    |
      | audi-q4       | ISO 15118-2 |
      | hyundai-kona  | DIN 70121   |
      | opel-mokka-e  | DIN 70121   |
      | opel-ampera-e | DIN 70121   |
      | tesla-model-y | DIN 70121   |
      | vw-id3        | ISO 15118-2 |

  # DIN 70121 has direct current only.
  @FH-A9 @I2-03
  Scenario: A charger of alternating current never chooses DIN 70121, and charges by the duty
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks DIN 70121 with direct current
    When the driver plugs in
    Then within 30 s supportedAppProtocolRes says Failed_NoNegotiation
    And within 30 s the dialog has failed because of the car

  @I2-07
  Scenario: A car of alternating current at a charger of direct current is refused by name
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s the dialog has ended
    And for 10 s the contactor stays open

  @FH-A10
  Scenario: The modes follow what the charger has
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "taycan-11"
    And the car speaks ISO 15118-2 with direct current
    When the driver plugs in
    Then within 30 s ServiceDiscoveryRes is said
    And within 60 s CurrentDemandRes is said

  @FH-A12
  Scenario Outline: Optional limits are always told in the loop of <protocol>
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "audi-q4"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 60 s CurrentDemandRes is said
    And CurrentDemandRes never had "EVSEMaximumVoltageLimit.Value" as "0"
    And CurrentDemandRes never had "EVSEMaximumCurrentLimit.Value" as "0"
    And CurrentDemandRes never had "EVSEMaximumPowerLimit.Value" as "0"

    Examples:
      | protocol    |
      | ISO 15118-2 |
      | DIN 70121   |
