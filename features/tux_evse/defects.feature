# The thirteen defects read in the code of the charger we succeed. Each must be impossible here.
Feature: Thirteen defects that must not come back

  @D1 @OC-03
  Scenario: 1 - a remote stop is reported, once, with a meter stop
    Given a charger where nobody needs a token
    And a car is charging
    When 2 min pass
    And the CSMS requests a stop
    Then within 1 s the charger answers RequestStopTransaction with Accepted
    And within 8 s the contactor opens
    And within 3 s the CSMS received TransactionEvent where
      | eventType                     | Ended      |
      | triggerReason                 | RemoteStop |
      | transactionInfo.stoppedReason | Remote     |
    And the meter stop is the register of the meter
    When 60 s pass
    And the driver unplugs
    And 5 s pass
    Then the CSMS received exactly 1 TransactionEvent where
      | eventType | Ended |
    And the story is "remote stop"

  @D2 @OC-14
  Scenario: 2 - a profile of 16 A lowers 32 A, and one in watts does too
    Given a charger where nobody needs a token
    And a car is charging
    When the CSMS sets a profile of 16 A
    Then within 5 s the car draws 16 A
    When the CSMS sets a profile of 11.04 kW
    Then within 2 s the pilot duty is 26.6 %
    When the CSMS sets a profile of 8 A for 2 min
    Then within 5 s the car draws 8 A

  @D3 @CP-30
  Scenario: 3 - unplugging while a card is checked
    Given a charger that asks for a token
    And the CSMS takes 15 s to authorize
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    And 10 s pass
    And the driver unplugs
    Then within 200 ms the session event SessionFinished is seen
    And for 60 s the contactor stays open
    And for 1 s the CSMS receives no TransactionEvent

  @D3 @FS-12
  Scenario: 3 - a fault while a card is checked
    Given a charger that asks for a token
    And the CSMS takes 15 s to authorize
    When the driver plugs in
    And the card 04CA2D01 is held to the reader
    And 10 s pass
    And the control pilot is shorted to earth
    Then within 100 ms the fault PilotShort is detected
    And for 60 s the contactor stays open

  @D4 @CP-28
  Scenario: 4 - the second session starts from defaults
    Given a charger that asks for a token
    And the charger knows the card SMALL with a contract for 10 A
    When the driver plugs in
    And the card SMALL is held to the reader
    Then within 5 s the pilot duty is 16.6 %
    When the control pilot is shorted to earth
    And 2 s pass
    And the short to earth is gone
    And the driver unplugs
    And 5 s pass
    And the driver plugs in
    And the card 04CA2D01 is held to the reader
    Then within 5 s the pilot duty is 53.3 %

  @D5 @FS-11 @OC-13
  Scenario Outline: 5 - <cause>: open, told, Faulted
    Given a charger where nobody needs a token
    And a car is charging
    When <cause>
    Then within 100 ms the contactor opens
    And within 200 ms the fault <fault> is detected
    And within 1 s the connector is Faulted

    Examples:
      | cause                                 | fault                   |
      | the control pilot is shorted to earth | PilotShort              |
      | the diode in the car is shorted       | DiodeFault              |
      | the proximity wire breaks             | ProximityFault          |
      | the contactor falls open              | ContactorOpenedByItself |
      | a residual current of 10 mA flows     | ResidualCurrent         |

  @D6 @CP-33
  Scenario: 6 - a pause is not an unplug
    Given a charger where nobody needs a token
    And a car is charging
    When the car stops asking for energy
    And 60 s pass
    And the car asks for energy
    Then within 3 s the contactor closes
    And the session event SessionStarted was seen exactly once
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |
    And the story is "pause by the car"

  @D7 @EG-06
  Scenario: 7 - the house's load limits the car, both ways
    Given a charger where nobody needs a token
    And a main fuse of 32 A
    And the house takes 100 W on each line
    And a car is charging
    When the house begins to take 4 kW on each line
    Then within 7 s the car draws 14.4 A
    When the house begins to take 100 W on each line
    Then within 60 s the car draws 31.5 A

  @D8 @CP-09
  Scenario: 8 - the meter stop is the register, not zero
    Given a charger where nobody needs a token
    And a car is charging
    When 5 min pass
    And the driver unplugs
    And 2 s pass
    Then the meter stop is the register of the meter

  @D9 @CP-28
  Scenario: 9 - after a session without a digital link the next car is offered one again
    Given a charger that offers digital communication first
    And nobody needs a token
    When the driver plugs in
    Then within 1 s the pilot duty is 5.0 %
    And within 40 s the contactor closes
    When the driver unplugs
    And 5 s pass
    And the driver plugs in
    Then within 1 s the pilot duty is 5.0 %
    And for 15 s the pilot duty stays 5.0 %

  @D10 @FS-05
  Scenario: 10 - a dead host opens the contactor
    Given a charger where nobody needs a token
    And a car is charging
    When the charger's host dies
    Then within 2100 ms the contactor opens
    And the story is "dead host"

  @D10 @FS-05
  Scenario Outline: 10 - a broken link to the board opens the contactor: <cause>
    Given a charger where nobody needs a token
    And a car is charging
    When <cause>
    Then within 3 s the contactor opens

    Examples:
      | cause                               |
      | the link to the power board is lost |
      | the power board hears nothing       |

  @D11 @SL-02
  Scenario: 11 - without a digital link state F stands for four seconds before the nominal duty
    Given a charger that offers digital communication first
    And nobody needs a token
    When the driver plugs in
    And 20 s pass
    Then within 1 s the pilot is in state F
    And for 3500 ms the pilot stays in state F
    And within 2 s the pilot duty is 53.3 %
    And within 10 s the contactor closes

  @D12 @FS-10
  Scenario: 12 - a board with other messages is refused in words
    Given the power board speaks version 2 of the messages
    When 5 s pass
    Then within 1 s the connector is Faulted
    And the story is "version skew"
    When the driver plugs in
    Then for 30 s the contactor stays open

  @D13 @OC-11
  Scenario: 13 - a reservation holds the outlet for its driver
    Given a charger that asks for a token
    And the CSMS says Accepted to the card 04CA2D02
    When the CSMS reserves the charger for the card 04CA2D01 for 10 min
    Then within 1 s the charger answers ReserveNow with Accepted
    And within 1 s the connector is Reserved
    When the driver plugs in
    And the card 04CA2D02 is held to the reader
    Then within 2 s the card 04CA2D02 is refused
    And for 10 s the contactor stays open
    When the card 04CA2D01 is held to the reader
    Then within 10 s the contactor closes
    And within 1 s the CSMS received TransactionEvent where
      | eventType     | Started |
      | reservationId | 5       |

  @D13 @OC-11
  Scenario: 13 - a reservation that nobody uses expires and is told
    When the CSMS reserves the charger for the card 04CA2D01 for 2 min
    Then within 125 s the CSMS received ReservationStatusUpdate where
      | reservationId           | 5       |
      | reservationUpdateStatus | Expired |
    And within 1 s the connector is Available

  @D13 @OC-11
  Scenario: 13 - a cancelled reservation is gone
    When the CSMS reserves the charger for the card 04CA2D01 for 10 min
    And the CSMS cancels the reservation
    Then within 1 s the charger answers CancelReservation with Accepted
    And within 1 s the connector is Available
