# The driver, the CSMS or a fault ends what goes on by messages: the car is asked, and stops.
Feature: The charger ends a session

  @I2-20 @I2-22
  Scenario Outline: <who> ends a session of ISO 15118-2 with alternating current
    Given a charger with high-level communication
    And a charger that asks for a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    And 1 s pass
    And the card 04CA2D01 is held to the reader
    Then within 60 s ChargingStatusRes is said
    And for 10 s the contactor stays closed
    When <deed>
    Then within 3 s ChargingStatusRes has "AC_EVSEStatus.EVSENotification" as "StopCharging"
    And within 3 s PowerDeliveryReq has "ChargeProgress" as "Stop"
    And within 15 s the contactor opens
    And within 15 s the dialog has ended
    And within 5 s the CSMS received TransactionEvent where
      | eventType                     | Ended    |
      | transactionInfo.stoppedReason | <reason> |

    Examples:
      | who        | deed                                    | reason |
      | The driver | the card 04CA2D01 is held to the reader | Local  |
      | The CSMS   | the CSMS requests a stop                | Remote |

  @I2-20 @I2-22 @DN-03 @FH-A1
  Scenario Outline: <who> ends a session of <protocol> with direct current
    Given a charger with a DC supply
    And a charger with high-level communication
    And a charger that asks for a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then within 90 s CurrentDemandRes is said
    And for 10 s the contactor stays closed
    When <deed>
    Then within 3 s CurrentDemandRes has "DC_EVSEStatus.EVSEStatusCode" as "EVSE_Shutdown"
    And within 3 s PowerDeliveryReq is said
    And within 15 s the contactor opens
    And within 15 s the dialog has ended
    And within 5 s the DC supply is dead

    Examples:
      | who        | deed                                    | protocol    |
      | The driver | the card 04CA2D01 is held to the reader | ISO 15118-2 |
      | The CSMS   | the CSMS requests a stop                | ISO 15118-2 |
      | The driver | the card 04CA2D01 is held to the reader | DIN 70121   |
      | The CSMS   | the CSMS requests a stop                | DIN 70121   |

  # [V2G-DC-500]: in DIN 70121 the notification is always None; a car is stopped by the status code alone.
  @FH-A1
  Scenario: No response of DIN 70121 carries a notification
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "audi-q4"
    And the car speaks DIN 70121 with direct current
    When the driver plugs in
    Then within 90 s CurrentDemandRes is said
    When the CSMS requests a stop
    Then within 20 s the dialog has ended
    And CurrentDemandRes always had "DC_EVSEStatus.EVSENotification" as "None"
    And PowerDeliveryRes always had "DC_EVSEStatus.EVSENotification" as "None"
    And CableCheckRes always had "DC_EVSEStatus.EVSENotification" as "None"

  # Isolation is Invalid while the cable is checked, Valid with the end of it and afterwards; cars are known that leave otherwise.
  @FH-A11
  Scenario Outline: The isolation is told valid from the end of the cable check on, by <protocol>
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "mercedes-eqe"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 90 s CurrentDemandRes is said
    And PreChargeRes always had "DC_EVSEStatus.EVSEIsolationStatus" as "Valid"
    And PreChargeRes always had "DC_EVSEStatus.EVSEStatusCode" as "EVSE_Ready"
    And CurrentDemandRes always had "DC_EVSEStatus.EVSEIsolationStatus" as "Valid"
    And CableCheckRes never had "DC_EVSEStatus.EVSEIsolationStatus" as "Fault"

    Examples:
      | protocol    |
      | ISO 15118-2 |
      | DIN 70121   |

  @I2-21
  Scenario Outline: A car that has enough ends its session by <protocol>, <current>
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car is at 49 %
    And the car is to be charged to 50 %
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 10 min the dialog has ended
    And within 5 s the contactor opens
    And within 5 s the CSMS received TransactionEvent where
      | eventType                     | Ended       |
      | transactionInfo.stoppedReason | StoppedByEV |

    Examples:
      | protocol    | current        |
      | ISO 15118-2 | direct current |
      | DIN 70121   | direct current |

  @I2-25
  Scenario Outline: A badge that comes after <wait> is waited for
    Given a charger with high-level communication
    And a charger that asks for a token
    And the car "skoda-enyaq"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 30 s AuthorizationRes has "EVSEProcessing" as "Ongoing"
    When <wait> pass
    And the card 04CA2D01 is held to the reader
    Then within 3 s AuthorizationRes has "EVSEProcessing" as "Finished"
    And within 30 s ChargingStatusRes is said

    Examples:
      | wait  |
      | 1 s   |
      | 10 s  |
      | 30 s  |
      | 45 s  |

  @FH-A14
  Scenario: A badge that never comes ends the waiting once, and the next car is welcome
    Given a charger with high-level communication
    And a charger that asks for a token
    And the car "skoda-enyaq"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 80 s AuthorizationRes says FAILED
    And within 6 s the connection is closed
    When the driver unplugs
    And the card 04CA2D01 is held to the reader
    And the driver plugs in
    Then within 60 s the contactor closes
