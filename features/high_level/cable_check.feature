# The cable of a DC charger is checked before anything flows (IEC 61851-23): insulation first, then the voltage of the battery.
@requires:dc
Feature: Cable check and pre-charge

  @I2-16 @DN-04
  Scenario Outline: <resistance> from DC <pole> to earth fails the cable check of <protocol>
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 60 s CableCheckReq is said
    When <resistance> leaks from DC <pole> to earth
    Then within 40 s CableCheckRes says FAILED
    And within 5 s the contactor opens
    And within 5 s the DC supply is dead
    And for 10 s no PreChargeReq is said

    Examples:
      | protocol    | resistance | pole  |
      | ISO 15118-2 | 1 ohm      | plus  |
      | ISO 15118-2 | 1 ohm      | minus |
      | ISO 15118-2 | 20 kohm    | plus  |
      | DIN 70121   | 1 ohm      | plus  |
      | DIN 70121   | 1 ohm      | minus |
      | DIN 70121   | 20 kohm    | minus |

  # Nobody is invited to a cable that is known to be bad.
  @I2-16
  Scenario: A leak that is there before the car is no reason to begin
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with direct current
    When 1 ohm leaks from DC plus to earth
    And 10 s pass
    And the driver plugs in
    Then for 20 s no SessionSetupReq is said
    And for 5 s the contactor stays open

  @I2-17 @DN-04
  Scenario Outline: A stop in the cable check of <protocol> is an end, not a fault
    Given a charger with a DC supply
    And a charger with high-level communication
    And a charger that asks for a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then within 60 s CableCheckReq is said
    When the CSMS requests a stop
    Then within 15 s the contactor opens
    And within 5 s the DC supply is dead
    And within 15 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And for 5 s the CSMS receives no NotifyEvent

    Examples:
      | protocol    |
      | ISO 15118-2 |
      | DIN 70121   |

  @I2-18
  Scenario Outline: A cable check of <protocol> is done before cars give up
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "audi-q4"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 30 s CableCheckReq is said
    And within 25 s CableCheckRes has "EVSEProcessing" as "Finished"

    Examples:
      | protocol    |
      | ISO 15118-2 |
      | DIN 70121   |

  @I2-02 @DN-01
  Scenario Outline: <car> meets its own voltage before its contactors close, by <protocol>
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "<car>"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 90 s PreChargeRes is said
    And within 20 s the DC contactors of the car are closed
    And within 10 s CurrentDemandRes is said

    Examples:
      | car           | protocol    |
      | audi-q4       | ISO 15118-2 |
      | mercedes-eqe  | DIN 70121   |
      | opel-mokka-e  | ISO 15118-2 |
      | hyundai-kona  | DIN 70121   |

  @HL-13
  Scenario Outline: A leak while energy flows by <protocol> is a safe stop
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 90 s CurrentDemandRes is said
    And for 5 s the contactor stays closed
    When 1 ohm leaks from DC minus to earth
    Then within 10 s the contactor opens
    And within 5 s the DC supply is dead

    Examples:
      | protocol    |
      | ISO 15118-2 |
      | DIN 70121   |

  @HL-13
  Scenario Outline: A supply that is lost while energy flows by <protocol> is a safe stop
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 90 s CurrentDemandRes is said
    And for 5 s the contactor stays closed
    When <device> is lost
    Then within 15 s the contactor opens

    Examples:
      | protocol    | device                 |
      | ISO 15118-2 | the DC supply          |
      | DIN 70121   | the DC supply          |
      | ISO 15118-2 | the insulation monitor |
      | DIN 70121   | the insulation monitor |
