# The power of the whole charger, the contacts of its contactor, its meters.
Feature: Power, contacts and meters

  Background:
    Given a charger where nobody needs a token

  @FS-10
  Scenario: The whole charger loses its power and has it again
    Given a car is charging
    When the whole charger loses its power for 10 s
    Then within 100 ms the contactor opens
    And within 100 ms the car draws 0 A
    And for 9 s the pilot duty stays 0.0 %
    And within 30 s the contactor closes
    And within 20 s the car draws 32 A

  Scenario: Who comes while there is no power is served when there is some
    When the whole charger loses its power
    And 5 s pass
    And the driver plugs in
    Then for 60 s the contactor stays open
    When the whole charger has power again
    Then within 20 s the contactor closes

  @CP-23
  Scenario Outline: One welded contact is a welded contactor: <cause>
    Given a car is charging
    When <cause>
    And the car stops asking for energy
    Then within 1 s the fault ContactorWelded is detected
    And for 10 s the contactor stays closed
    And for 10 s the lock holds the plug

    Examples:
      | cause                                    |
      | one pole of the contactor welds          |
      | the pole of L3 in the contactor welds    |

  @CP-23
  Scenario: Behind one welded contact there is voltage on that line alone
    Given a car is charging
    When the pole of L2 in the contactor welds
    And the car stops asking for energy
    Then within 1 s the fault ContactorWelded is detected
    When the car draws 10 A whatever is offered
    And the car pauses and asks again 1 times, 2 s each
    Then the meter power is between 2 kW and 2.5 kW

  @CP-25
  Scenario Outline: A CSMS whose time is wrong moves no limit: <what>
    Given a car is charging
    When the CSMS sets a profile of 10 A
    And 10 s pass
    And <what>
    Then for 2 min the pilot duty stays 16.6 %

    Examples:
      | what                                     |
      | the clock of the CSMS jumps back by 1 h  |
      | the CSMS tells no sensible time          |
      | the CSMS tells a time that is none       |

  Scenario: A CSMS whose clock jumps back gets the time that it told
    Given a car is charging
    When the clock of the CSMS jumps back by 1 h
    And 10 s pass
    And the CSMS sets a profile of 10 A
    Then within 1 s the CSMS received TransactionEvent where
      | triggerReason | ChargingRateChanged              |
      | timestamp     | (begins with 2026-03-02T05:00:) |

  Scenario: A meter that shows nothing for two seconds has counted all the same
    Given a car is charging
    When 2 min pass
    And the meter shows 0 Wh for 2 s
    And 2 min pass
    Then the meter has counted more than 500 Wh

  Scenario: A meter with its transformers the wrong way round shows power that flows out of the car
    Given a car is charging
    When the meter's transformers are the wrong way round
    Then the meter power is at most -19 kW
    When the meter is mended
    And the meter's transformer of L2 is the wrong way round
    Then the meter power is between 6 kW and 8 kW

  @CP-19
  Scenario Outline: A residual current monitor that fails its self-test lets nothing close: <cause>
    Given <cause>
    When the driver plugs in
    Then within 5 s the fault <fault> is detected
    And for 60 s the contactor stays open
    When the driver unplugs
    And the residual current monitor is mended
    And 5 s pass
    And the driver plugs in
    Then within 10 s the contactor closes

    Examples:
      | cause                                                     | fault                 |
      | the residual current monitor fails its self-test          | ResidualMonitorFailed |
      | the residual current monitor shows a current that is none | ResidualCurrent       |

  @CP-19
  Scenario: A monitor that goes blind in mid session is found at the next plug
    Given a car is charging
    When the residual current monitor fails its self-test
    And a residual current of 30 mA flows
    Then for 10 s the contactor stays closed
    When the driver unplugs
    And the residual current is gone
    And 5 s pass
    And the driver plugs in
    Then within 5 s the fault ResidualMonitorFailed is detected
    And for 30 s the contactor stays open

  Scenario: Contacts that weld one after the other are all welded
    Given a charger where nobody needs a token
    And a car is charging
    When the pole of L1 in the contactor welds
    And the pole of L2 in the contactor welds
    And the car stops asking for energy
    Then within 1 s the fault ContactorWelded is detected
    When the car draws 10 A whatever is offered
    And the car pauses and asks again 1 times, 2 s each
    Then the meter power is between 4 kW and 5 kW
