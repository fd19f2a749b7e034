# Whatever has just been said, a plug that is pulled or a modem that dies opens the contactor, and nothing of the session reaches
# the next one.
Feature: Dialogs that are broken off

  Scenario Outline: The plug is pulled after <message> of ISO 15118-2, alternating current
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s <message> is said
    When the driver unplugs
    Then within 100 ms the contactor opens
    And within 2 s the connector is Available
    When the driver plugs in
    Then within 60 s ChargingStatusRes is said
    And for 5 s the dialog does not fail

    Examples:
      | message                     |
      | supportedAppProtocolRes     |
      | SessionSetupRes             |
      | ServiceDiscoveryRes         |
      | PaymentServiceSelectionRes  |
      | AuthorizationRes            |
      | ChargeParameterDiscoveryRes |
      | PowerDeliveryReq            |
      | PowerDeliveryRes            |
      | ChargingStatusRes           |

  Scenario Outline: The plug is pulled after <message> of <protocol>, direct current
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 90 s <message> is said
    When the driver unplugs
    Then within 100 ms the contactor opens
    And within 1 s the DC supply is dead
    And within 2 s the connector is Available
    When the driver plugs in
    Then within 90 s CurrentDemandRes is said
    And for 5 s the dialog does not fail

    Examples:
      | message                     | protocol    |
      | SessionSetupRes             | ISO 15118-2 |
      | AuthorizationRes            | ISO 15118-2 |
      | ChargeParameterDiscoveryRes | ISO 15118-2 |
      | CableCheckReq               | ISO 15118-2 |
      | CableCheckRes               | ISO 15118-2 |
      | PreChargeReq                | ISO 15118-2 |
      | PreChargeRes                | ISO 15118-2 |
      | PowerDeliveryReq            | ISO 15118-2 |
      | PowerDeliveryRes            | ISO 15118-2 |
      | CurrentDemandReq            | ISO 15118-2 |
      | CurrentDemandRes            | ISO 15118-2 |
      | SessionSetupRes             | DIN 70121   |
      | ContractAuthenticationRes   | DIN 70121   |
      | ChargeParameterDiscoveryRes | DIN 70121   |
      | CableCheckReq               | DIN 70121   |
      | CableCheckRes               | DIN 70121   |
      | PreChargeReq                | DIN 70121   |
      | PreChargeRes                | DIN 70121   |
      | PowerDeliveryReq            | DIN 70121   |
      | PowerDeliveryRes            | DIN 70121   |
      | CurrentDemandReq            | DIN 70121   |
      | CurrentDemandRes            | DIN 70121   |

  # The car's modem hangs: the car hears nothing, the charger notices that the link is gone.
  @SL-03
  Scenario Outline: The modem of the car dies after <message>, direct current
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    And the rule END-STATION-WAITS may be broken by the charger
    When the driver plugs in
    Then within 90 s <message> is said
    When the modem of the car hangs
    Then within 3 s the data link is lost
    And within 1 s the contactor opens
    And within 2 s the DC supply is dead
    When the driver unplugs
    Then within 2 s the connector is Available

    Examples:
      | message                     | protocol    |
      | ChargeParameterDiscoveryRes | ISO 15118-2 |
      | CableCheckRes               | ISO 15118-2 |
      | PreChargeRes                | ISO 15118-2 |
      | CurrentDemandRes            | ISO 15118-2 |
      | CableCheckRes               | DIN 70121   |
      | PreChargeRes                | DIN 70121   |
      | CurrentDemandRes            | DIN 70121   |

  Scenario Outline: The charger's own modem dies after <message>
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s <message> is said
    When the PLC modem is lost
    Then within 3 s the contactor opens
    When the PLC modem is back
    And the driver unplugs
    And 12 s pass
    And the driver plugs in
    Then within 60 s ChargingStatusRes is said

    Examples:
      | message           |
      | ChargingStatusRes |

  Scenario Outline: The charger's computer dies after <message> and starts again
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s <message> is said
    When the charger's host dies
    Then within 3 s the contactor opens
    When the driver unplugs
    And the charger's host starts again
    And 3 s pass
    And the driver plugs in
    Then within 60 s ChargingStatusRes is said

    Examples:
      | message           |
      | SessionSetupRes   |
      | ChargingStatusRes |
